import Foundation

/// The bench's program: measures what it is asked for, or is one of its own helpers in another process.
@main
enum Main {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ words: [String]) throws {
        switch words.first {
        case "-h", "--help": print(Arguments.help)
        case "reads": try HistoryReads.run(into: words.last ?? "")
        case "server": try FloorServer.run(Array(words.dropFirst()))
        case "floor": try floor(Array(words.dropFirst()))
        default: try Bench(Arguments(words)).run()
        }
    }

    /// Turns until it is ended by a signal.
    private static func floor(_ words: [String]) throws {
        let settings = try FloorSettings(Array(words.dropFirst()))
        if words.first == "orchestrator" {
            let orchestrator = try FloorOrchestrator(settings)
            while true { try orchestrator.turn() }
        }
        let executor = try FloorExecutor(settings)
        while true { try executor.turn() }
    }
}
