/// How far something long is, on standard error: a bar that is redrawn on a terminal, elsewhere a line now and then.
struct Progress {
    private let console: Console
    private let clock = Stopwatch()
    private var shown = ""
    private var saidAt: Duration?
    /// Where nobody watches, a line more often than this would only fill a log.
    private static let rarely = Duration.seconds(10)
    private static let barWidth = 20

    init(_ console: Console) { self.console = console }

    mutating func show(_ line: String) {
        guard line != shown else { return }
        if console.notesIsTerminal {
            console.notes(Array("\r\(TextTable.harmless(line))\u{1B}[K".utf8))
        } else {
            if let saidAt, clock.elapsed() - saidAt < Self.rarely { return }
            console.note(line)
        }
        (shown, saidAt) = (line, clock.elapsed())
    }

    /// Leaves what was shown last, or takes it away; what comes next begins on a line of its own.
    mutating func end(keeping: Bool = true) {
        guard console.notesIsTerminal, !shown.isEmpty else { return }
        console.notes(Array((keeping ? "\n" : "\r\u{1B}[K").utf8))
        shown = ""
    }

    /// Such as `[#########-----------] 45 of 100`.
    static func bar(_ done: Int, of total: Int) -> String {
        let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
        let filled = Int(share * Double(barWidth))
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - filled)
            + "] \(done) of \(total)"
    }
}
