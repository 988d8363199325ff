import Glibc
import Platform

/// The command line: reads what is asked for, does it, and ends with the exit code of the contract.
@main
struct Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        let environment = Settings.processEnvironment()
        let shell = Shell(commands: CommandTable.all, console: .standard(environment: environment))
        let code = shell.run(Array(CommandLine.arguments.dropFirst()), environment: environment)
        guard let trouble = Console.trouble else { exit(code.rawValue) }
        shell.console.note("error: what came of it could not be written: \(trouble)")
        exit((code == .ok ? .failed : code).rawValue)
    }
}
