import Glibc
import TestSupport

/// Plays the crash matrix, `crash-matrix [PART OF A CELL'S NAME …]`, on the services that its script started.
@main
enum Main {
    static func main() throws {
        let wanted = CommandLine.arguments.dropFirst()
        func isWanted(_ name: String) -> Bool { wanted.isEmpty || wanted.contains { name.contains($0) } }
        var table = CrashTable()
        let cells = CrashCell.all.filter { isWanted($0.name) }
        // A stop of 5 s lies within a session of 8 s; one of 90 s, and a death, far beyond.
        for chunk in CrashTable.chunks(cells) { table.play(chunk, sessionSeconds: 8) }
        for fault in ServiceFault.all where isWanted("service \(fault.name)") { table.play(fault) }
        table.show()
        exit(table.hasFailed ? 1 : 0)
    }
}
