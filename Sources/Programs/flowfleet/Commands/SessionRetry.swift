import Platform

extension Command {
    static let sessionRetry = Command(
        "session retry", "let failed tasks of a session try again, in the same runs",
        discussion: """
            All that failed, or those that are named; nothing starts unless all of them can. A job of the gateway does
            it; this waits (up to --timeout, default 30 s) until each run's lane has answered, and tells each run that
            was refused with its reason. Exit code 5 when one was, 12 when the time was over: the job goes on, and
            `session retries` shows it.
            """,
        operands: [Operand("SESSION", "its id")],
        flags: [
            Flag("task", "RUN/TASK", "this task, or the id of a row of failed_tasks; repeatable", repeats: true),
            Flag("query", "TEXT", "only runs that were asked for with this query; repeatable", repeats: true),
        ] + BulkFlags.all + WishFlags.all + [.timeout], columns: [.sessionRetries, .retriedRuns],
        examples: [
            "flowfleet session retry $SESSION --dry-run",
            "flowfleet session retry $SESSION --yes --reason \"the host is back\"",
            "flowfleet session retry $SESSION --yes --task $RUN/fetch",
        ]
    ) { call throws(CommandFailure) in
        let bulk = try BulkFlags(call)
        try bulk.needConsent("session retry")
        let printer = try call.printer(bulk.isDry ? .retriedRuns : .sessionRetries)
        let api = try APIClient(call)
        let path = APIPath("sessions", call.operand(0), "retry")
        if !bulk.isConfirmed {
            let plan = try api.send(path, body(call, isDry: true)).object
            if bulk.isDry {
                printer.list(plan.objects("runs").map { OutputRecord($0) }, empty: "nothing to retry")
                return .ok
            }
            let count = "\(plan.int("tasks") ?? 0) tasks of \(plan.objects("runs").count) runs"
            guard bulk.agrees("try \(count) again?") else { return .failed }
        }
        let made = try api.send(path, body(call, isDry: false)).object
        return try SessionRetryJob(call, api, printer, made.text("retry_id") ?? "").follow(made)
    }

    private static func body(_ call: Invocation, isDry: Bool) -> [UInt8] {
        var body = WishFlags.body(call)
        body.put("tasks", texts: call.values.isSet("task") ? call.values.all("task") : nil)
        body.put("selected_queries", texts: call.values.isSet("query") ? call.values.all("query") : nil)
        if isDry { body.put("dry_run", true) }
        return body.bytes
    }
}
