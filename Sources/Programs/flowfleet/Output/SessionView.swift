import JSON
import Platform
import Workflow

/// Shows a session as it goes: progress on standard error, and what came of it on standard output.
struct SessionView {
    private let call: Invocation
    private let api: APIClient
    private static let pause = Duration.milliseconds(500)

    init(_ call: Invocation, _ api: APIClient) {
        self.call = call
        self.api = api
    }

    func watch(_ id: String) throws(CommandFailure) -> ExitCode {
        let limit = try call.values.duration("timeout")
        let clock = Stopwatch()
        var (last, shown, waiting): (APIObject?, String, String?) = (nil, "", nil)
        var (progress, patience) = (Progress(call.console), Patience(call.console))
        while true {
            if let (session, unanswered) = try patience.over({ () throws(CommandFailure) in try look(id) }) {
                let counts = Counts(session)
                last = session
                if call.format == .jsonl, counts.words != shown { call.console.put(bytes: session.json.bytes) }
                shown = counts.words
                if counts.left == 0, counts.total > 0, unanswered == 0 {
                    return end(session, &progress, counts.code)
                }
                note(session.text("waiting"), &waiting, &progress)
                progress.show(Self.line(counts, unanswered, Self.secondsLeft(session)))
            }
            if let limit, clock.elapsed() >= limit { return end(last, &progress, .waitTimedOut) }
            _ = Stopwatch.pause(Self.pause)
        }
    }

    /// Once, until it goes on.
    private func note(_ found: String?, _ told: inout String?, _ progress: inout Progress) {
        defer { told = found }
        guard told == nil else { return }
        guard let found else { return }
        progress.end(keeping: false)
        call.console.note("\(found) → flowfleet worker list; flowfleet session resume")
    }

    /// The session, and how many of its runs a retry is going to revive: those count as left.
    private func look(_ id: String) throws(CommandFailure) -> (session: APIObject, unanswered: Int) {
        let session = try api.get(APIPath("sessions", id)).object
        guard Counts(session).left == 0 else { return (session, 0) }
        // Only the newest few: whoever retries once more waits for the retry before.
        let retries = try api.get(APIPath("sessions", id, "retries").with("limit", 3)).object.objects("items")
        var unanswered = 0
        for retry in retries {
            let job = try api.get(APIPath("sessions", id, "retries", retry.text("retry_id") ?? "")).object
            unanswered += SessionRetryJob.unanswered(job)
        }
        if unanswered > 0 || retries.isEmpty { return (session, unanswered) }
        // A lane may have revived a run since.
        return (try api.get(APIPath("sessions", id)).object, 0)
    }

    static func line(_ counts: Counts, _ unanswered: Int, _ secondsLeft: Int?) -> String {
        if counts.total == 0 { return "no run of the session is known yet" }
        let line = counts.line(secondsLeft)
        return unanswered == 0 ? line : line + "; a retry has \(unanswered) runs to revive"
    }

    private func end(_ session: APIObject?, _ progress: inout Progress, _ code: ExitCode) -> ExitCode {
        progress.end(keeping: false)
        guard let session else { return code }
        switch call.format {
        case .table: call.console.put(Counts(session).line(nil))
        case .json: call.console.put(bytes: session.json.bytes)
        case .jsonl: break
        }
        return code
    }

    private static func secondsLeft(_ session: APIObject) -> Int? {
        guard let text = session.text("expected_end"), let end = Timestamp.parse(Array(text.utf8)[...]) else {
            return nil
        }
        return max(1, Int((end - SystemTime().wall) / 1_000_000))
    }

    /// The runs of a session by status.
    struct Counts {
        let byStatus: [(status: String, count: Int)]
        let total: Int
        let done: Int
        var left: Int { total - done }

        init(_ session: APIObject) {
            let counts = session.object("by_status")
            byStatus = counts?.names.map { (status: $0, count: counts?.int($0) ?? 0) } ?? []
            total = session.int("runs") ?? 0
            done = session.int("done") ?? 0
        }

        init(_ byStatus: [(status: String, count: Int)], total: Int, done: Int) {
            (self.byStatus, self.total, self.done) = (byStatus, total, done)
        }

        subscript(status: String) -> Int { byStatus.first { $0.status == status }?.count ?? 0 }

        var words: String { byStatus.map { "\($0.count) \($0.status)" }.joined(separator: ", ") }

        var code: ExitCode { self["failed"] > 0 ? .runFailed : self["cancelled"] > 0 ? .runCancelled : .ok }

        /// Such as `[#########-----------] 45 of 100: 40 completed, 5 failed, 55 running; about 30 s left`.
        func line(_ secondsLeft: Int?) -> String {
            let whole = Progress.bar(done, of: total) + (words.isEmpty ? "" : ": \(words)")
            return whole + (left > 0 ? secondsLeft.map { "; about \($0) s left" } ?? "" : "")
        }
    }
}
