import JSON
import Platform

extension Command {
    static let sessionList = Command(
        "session list", "list the sessions that were opened, from the newest to the oldest",
        discussion: "A session that only its runs name is not listed; `session get` shows it all the same.",
        flags: [Flag("tenant", "ID", "sessions of this tenant only"), .limit, .cursor], columns: [.sessions],
        examples: ["flowfleet session list --limit 10"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.sessions)
        let path = APIPath("sessions").with("tenant", call.values.text("tenant"))
        return try call.list(APIClient(call), path, printer, empty: "no sessions")
    }

    static let sessionGet = Command(
        "session get", "show one session: how far it has come, how long its runs take, what failed",
        discussion: "Everything is counted from the rows of its runs.",
        operands: [Operand("SESSION", "its id")],
        flags: [
            Flag("failures", nil, "list its errors instead, the most frequent first"),
            Flag("stages", nil, "list how each stage went instead"),
        ], columns: [.sessions, .sessionFailures, .stages],
        examples: ["flowfleet session get $SESSION", "flowfleet session get $SESSION --failures"]
    ) { call throws(CommandFailure) in
        let (values, id) = (call.values, call.operand(0))
        let view: Columns = values.isSet("failures") ? .sessionFailures : values.isSet("stages") ? .stages : .sessions
        let (printer, api) = (try call.printer(view), try APIClient(call))
        let analytics = try api.get(APIPath("sessions", id, "analytics")).object
        if values.isSet("failures") {
            printer.list(analytics.objects("failures").map { OutputRecord($0) }, empty: "nothing failed")
        } else if values.isSet("stages") {
            printer.list(analytics.objects("stages").map { OutputRecord(stage: $0) }, empty: "no stage has ended")
        } else {
            printer.one(OutputRecord(session: try api.get(APIPath("sessions", id)).object, analytics))
        }
        return .ok
    }

    static let sessionWatch = Command(
        "session watch", "show how far a session has come, until all its runs have ended",
        discussion: """
            A progress bar on a terminal, elsewhere a line now and then, both on standard error; at the end a line on
            standard output (with -o jsonl an object for each change, with -o json one at the end). Exit code 0 when
            every run completed, 10 when one failed, 11 when one was cancelled and none failed, 12 when --timeout has
            passed.
            """,
        operands: [Operand("SESSION", "its id")],
        flags: [.timeout], hasFormat: true,
        examples: ["flowfleet session watch $SESSION"]
    ) { call throws(CommandFailure) in
        try SessionView(call, APIClient(call)).watch(call.operand(0))
    }
}

extension OutputRecord {
    /// - `analytics`: durations and retries out of it stand beside what the session says of itself.
    init(session: APIObject, _ analytics: APIObject) {
        self.init(session)
        let (durations, retries) = (analytics.object("durations"), analytics.object("retries"))
        for name in ["p50_ms", "p95_ms", "longest_ms"] { add(name, Value(durations?[name])) }
        for name in ["retried_tasks", "extra_attempts", "most_attempts"] { add(name, Value(retries?[name])) }
        let counts = session.object("by_status")
        let words = counts?.names.map { "\(counts?.int($0) ?? 0) \($0)" } ?? []
        show("by_status", words.isEmpty ? .absent : .text(words.joined(separator: ", ")))
        for name in ["degraded", "stage_retries"] where session.int(name) == 0 { show(name, .absent) }
    }

    init(stage: APIObject) {
        self.init(stage)
        let rate = stage.number("success_rate")
        show("success", Value(rate.map { "\(Int(($0 * 1_000).rounded()) / 10) %" }))
    }
}
