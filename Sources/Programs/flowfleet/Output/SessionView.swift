import API
import Platform
import Workflow

/// Shows a session as it goes: a bar that is redrawn on a terminal, else a line for each change.
struct SessionView {
    private let call: Invocation
    private let sessions: Sessions
    private static let pause = Duration.milliseconds(500)

    init(_ call: Invocation, _ sessions: Sessions) {
        self.call = call
        self.sessions = sessions
    }

    func watch(_ id: String) throws(CommandFailure) -> ExitCode {
        let limit = try call.values.duration("timeout")
        let clock = Stopwatch()
        var shown: SessionCounts?
        while true {
            let progress = try asking { () throws(ServiceFailure) in try sessions.progress(of: id) }
            var counts = progress.counts
            counts.now = 0
            if counts != shown { show(progress, id, isFirst: shown == nil) }
            shown = counts
            if progress.hasEnded, progress.counts.total > 0 { return SessionView.code(progress.counts) }
            if let limit, clock.elapsed() >= limit { return .waitTimedOut }
            guard Stopwatch.pause(Self.pause) else { return .waitTimedOut }
        }
    }

    static func code(_ counts: SessionCounts) -> ExitCode {
        if counts.byStatus["failed"] ?? 0 > 0 { return .runFailed }
        return counts.byStatus["cancelled"] ?? 0 > 0 ? .runCancelled : .ok
    }

    private func show(_ progress: SessionProgress, _ id: String, isFirst: Bool) {
        guard call.printer.format == .table else {
            var record = OutputRecord()
            record.add("session_id", .text(id))
            record.add(progress)
            return call.console.put(bytes: record.json)
        }
        if call.console.dataIsTerminal, !isFirst { call.console.data(Array("\u{1B}[A\u{1B}[J".utf8)) }
        call.console.put(SessionView.line(progress))
    }

    /// Such as `[#########-----------] 45 of 100: 40 completed, 5 failed, 55 running; about 30 s left`.
    static func line(_ progress: SessionProgress) -> String {
        let counts = progress.counts
        let share = counts.total > 0 ? Double(counts.done) / Double(counts.total) : 0
        let filled = Int(share * Double(barWidth))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - filled)
        let parts = counts.byStatus.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        var line = "[\(bar)] \(counts.done) of \(counts.total)" + (parts.isEmpty ? "" : ": \(parts)")
        if counts.left > 0, let end = progress.expectedEnd {
            line += "; about \(max(1, Int(end - counts.now))) s left"
        }
        return line
    }

    private static let barWidth = 20
}
