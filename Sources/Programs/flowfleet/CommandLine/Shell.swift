import Platform

/// Runs one command line from its words to its exit code.
struct Shell {
    let commands: [Command]
    let console: Console

    func run(_ words: [String], environment: [String: String]) -> ExitCode {
        do throws(CommandFailure) {
            switch try Arguments(commands: commands).parse(words) {
            case .help(let names):
                console.put(Help(commands: commands).text(for: names))
                return .ok
            case .version:
                console.put("flowfleet " + Product.version)
                return .ok
            case .run(let command, let values):
                return try command.run(Invocation(values: values, console: console, environment: environment))
            }
        } catch {
            console.note(error.text)
            return error.code
        }
    }
}
