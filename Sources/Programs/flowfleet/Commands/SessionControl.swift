import Platform

/// `session cancel`, `session pause` and `session resume`: one command for each of its runs.
extension Command {
    static let sessionCancel = control(.cancel, "cancel every run of a session that has not ended")
    static let sessionPause = control(.pause, "pause every run of a session: what runs ends, nothing new starts")
    static let sessionResume = control(.resume, "let every paused run of a session go on")

    private static func control(_ kind: SessionControl.Kind, _ summary: String) -> Command {
        Command(
            "session \(kind.rawValue)", summary,
            discussion: """
                Sends one command for each of its runs and waits (up to --timeout, default 30 s) until they are as they
                should be. Runs that are asked for later are not among them.
                """,
            operands: [Operand("SESSION", "its id")], flags: BulkFlags.all + WishFlags.all + [.timeout],
            columns: [.sessionActions],
            examples: ["flowfleet session \(kind.rawValue) $SESSION --yes --reason \"wrong input\""]
        ) { call throws(CommandFailure) in try SessionControl(call, kind).run() }
    }
}

/// Changes all runs of a session and watches until it is done.
struct SessionControl {
    enum Kind: String { case cancel, pause, resume }

    private let call: Invocation
    private let kind: Kind
    private let bulk: BulkFlags
    private let printer: Printer
    private let api: APIClient
    private let path: APIPath

    init(_ call: Invocation, _ kind: Kind) throws(CommandFailure) {
        (self.call, self.kind) = (call, kind)
        bulk = try BulkFlags(call)
        try bulk.needConsent("session \(kind.rawValue)")
        printer = try call.printer(.sessionActions)
        api = try APIClient(call)
        path = APIPath("sessions", call.operand(0))
    }

    func run() throws(CommandFailure) -> ExitCode {
        let before = SessionView.Counts(try api.get(path).object)
        let affected = waiting(before)
        guard affected > 0 else {
            throw CommandFailure(.conflict, "no run of session \(call.operand(0)) \(nothing)")
        }
        if bulk.isDry {
            show(affected, "nothing", requestID: nil, before)
            return .ok
        }
        guard bulk.agrees("\(kind.rawValue) \(affected) runs of session \(call.operand(0))?") else { return .failed }
        let sent = try api.send(APIPath("sessions", call.operand(0), kind.rawValue), WishFlags.body(call).bytes).object
        let after = try follow(sent.int("runs") ?? affected)
        let isDone = after.map { waiting($0) == 0 } ?? false
        show(
            sent.int("runs") ?? affected, isDone ? "done" : "pending", requestID: sent.text("request_id"),
            after ?? before)
        if !isDone { call.console.note("the commands are sent; flowfleet session watch \(call.operand(0)) looks on") }
        return isDone ? .ok : .waitTimedOut
    }

    /// How many runs are not yet as they should be.
    private func waiting(_ counts: SessionView.Counts) -> Int {
        switch kind {
        case .cancel: counts.left
        case .pause: counts.left - counts["paused"]
        case .resume: counts["paused"]
        }
    }

    private var nothing: String {
        switch kind {
        case .cancel: "goes on"
        case .pause: "goes on that is not paused already"
        case .resume: "is paused"
        }
    }

    /// Nil when the gateway was away until the time was over: what was sent is sent.
    private func follow(_ total: Int) throws(CommandFailure) -> SessionView.Counts? {
        let limit = try call.values.duration("timeout") ?? .seconds(30)
        let clock = Stopwatch()
        var (progress, patience) = (Progress(call.console), Patience(call.console))
        patience.noteAnswer()
        while true {
            let seen = try patience.over { () throws(CommandFailure) in try api.get(path).object }
            let counts = seen.map { SessionView.Counts($0) }
            let left = counts.map(waiting)
            if left == 0 || clock.elapsed() >= limit {
                progress.end(keeping: false)
                return counts
            }
            if let left { progress.show(Progress.bar(max(0, total - left), of: total) + " runs") }
            _ = Stopwatch.pause(.milliseconds(150))
        }
    }

    private func show(
        _ runs: Int, _ outcome: String, requestID: String?, _ counts: SessionView.Counts
    ) {
        var record = OutputRecord()
        record.add("session_id", .text(call.operand(0)))
        record.add("request_id", .init(requestID))
        record.add("runs", .number(runs))
        record.add("outcome", .text(outcome))
        record.show("by_status", .text(counts.words))
        printer.one(record)
    }
}
