import Platform

/// `run cancel`, `run pause`, `run resume` and `run retry`: commands whose outcome the run's lane tells.
extension Command {
    static let runCancel = control("cancel", "cancel a run and whatever it has running")
    static let runPause = control("pause", "pause a run: what runs ends, nothing new starts")
    static let runResume = control("resume", "let a paused run go on")

    static let runRetry = Command(
        "run retry", "let the failed tasks of a run try again, or start a new run from one of its stages",
        discussion: """
            The tasks get max_retries + 1 new attempts in the same run, what was skipped because of them is open again,
            and their dead letters are closed as redriven. Sends the command and waits (up to --timeout, default 5 s)
            for what the run's lane makes of it.
            With --from a new run is made instead: the stage and what depends on it run again, everything else is taken
            over from this run, which stays as it is. One retry of a run is live at a time.
            """,
        operands: [Operand("RUN", "the run's id")],
        flags: [
            Flag("task", "TASK", "only this task, which must have failed; repeatable (default all)", repeats: true),
            Flag("after-attempt", "NUMBER", "refuse unless this was the last attempt, counted from 0"),
        ] + StageFlags.all + WishFlags.all + [.timeout], columns: [.outcomes, .stageRetries, .stagePlan],
        examples: [
            "flowfleet run retry $RUN", "flowfleet run retry $RUN --task fetch --reason \"the host is back\"",
            "flowfleet run retry $RUN --from summarise --plan",
            "flowfleet run retry $RUN --from summarise --input-patch '{\"tone\": \"dry\"}'",
        ]
    ) { call throws(CommandFailure) in
        if let stage = call.values.text("from") { return try StageRetry(call).run(from: stage) }
        for flag in StageFlags.all where call.values.isSet(flag.name) {
            throw .usage("--\(flag.name) needs --from")
        }
        let id = call.values.text("request-id") ?? randomID()
        var body = WishFlags.body(call, requestID: id)
        body.put("task_ids", texts: call.values.isSet("task") ? call.values.all("task") : nil)
        body.put("after_attempt", try call.values.number("after-attempt"))
        return try send("retry", APIPath("runs", call.operand(0), "redrive"), body, id, call, standard: .seconds(5))
    }

    private static func control(_ kind: String, _ summary: String) -> Command {
        Command(
            "run \(kind)", summary,
            discussion: """
                Sends the command and waits (up to --timeout, default 10 s) for what the run's lane makes of it.
                """,
            operands: [Operand("RUN", "the run's id")],
            flags: WishFlags.all + [.timeout], columns: [.outcomes],
            examples: ["flowfleet run \(kind) $RUN --reason \"wrong input\""]
        ) { call throws(CommandFailure) in
            let id = call.values.text("request-id") ?? randomID()
            let body = WishFlags.body(call, requestID: id)
            return try send(kind, APIPath("runs", call.operand(0), kind), body, id, call, standard: .seconds(10))
        }
    }

    private static func send(
        _ name: String, _ path: APIPath, _ body: RequestBody, _ id: String, _ call: Invocation, standard: Duration
    ) throws(CommandFailure) -> ExitCode {
        let printer = try call.printer(.outcomes)
        let command = LaneCommand(call: call, api: try APIClient(call), name: name)
        return try command.run(path, body, printer, standard: standard, ids: [("request-id", id)])
    }
}
