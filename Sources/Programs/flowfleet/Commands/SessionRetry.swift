import Platform

extension Command {
    static let sessionRetry = Command(
        "session retry", "let failed tasks of a session try again, in the same runs",
        discussion: """
            All that failed, or those that are named; nothing starts unless all of them can. A job of the gateway does
            it; this waits (up to --timeout, default 30 s) until each run's lane has answered, and tells each run that
            was refused with its reason. Exit code 5 when one was.
            """,
        operands: [Operand("SESSION", "its id")],
        flags: [
            Flag("task", "RUN/TASK", "this task, or the id of a row of failed_tasks; repeatable", repeats: true),
            Flag("query", "TEXT", "only runs that were asked for with this query; repeatable", repeats: true),
        ] + BulkFlags.all + WishFlags.all, columns: [.sessionRetries, .retriedRuns],
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
            guard bulk.asks("try \(count) again?") else { return .ok }
        }
        let made = try api.send(path, body(call, isDry: false)).object
        return try SessionRetryJob(call, api, printer).follow(made)
    }

    private static func body(_ call: Invocation, isDry: Bool) -> [UInt8] {
        var body = WishFlags.body(call)
        body.put("tasks", texts: call.values.isSet("task") ? call.values.all("task") : nil)
        body.put("selected_queries", texts: call.values.isSet("query") ? call.values.all("query") : nil)
        if isDry { body.put("dry_run", true) }
        return body.bytes
    }
}

/// Follows the retry of a session until every lane has answered.
struct SessionRetryJob {
    private let call: Invocation
    private let api: APIClient
    private let printer: Printer

    init(_ call: Invocation, _ api: APIClient, _ printer: Printer) {
        (self.call, self.api, self.printer) = (call, api, printer)
    }

    func follow(_ made: APIObject) throws(CommandFailure) -> ExitCode {
        let path = APIPath("sessions", call.operand(0), "retries", made.text("retry_id") ?? "")
        let limit = try call.values.duration("timeout") ?? .seconds(30)
        let clock = Stopwatch()
        var (progress, patience) = (Progress(call.console), Patience(call.console))
        while true {
            let job = try patience.over { () throws(CommandFailure) in try api.get(path).object }
            let unanswered = job.map { ($0.int("waiting") ?? 0) + ($0.int("sent") ?? 0) }
            if unanswered == 0 || clock.elapsed() >= limit {
                progress.end(keeping: false)
                return try end(job ?? made, path.text, isAnswered: unanswered == 0)
            }
            if let job, let unanswered {
                let runs = job.int("runs") ?? 0
                progress.show(Progress.bar(runs - unanswered, of: runs) + " runs answered")
            }
            _ = Stopwatch.pause(.milliseconds(150))
        }
    }

    private func end(_ job: APIObject, _ path: String, isAnswered: Bool) throws(CommandFailure) -> ExitCode {
        printer.one(OutputRecord(job))
        let refused = job.int("refused") ?? 0
        if refused > 0 { try tellRefused(job, refused) }
        guard isAnswered else { return .waitTimedOut }
        return refused > 0 ? .conflict : .ok
    }

    private func tellRefused(_ job: APIObject, _ count: Int) throws(CommandFailure) {
        let path = APIPath("sessions", call.operand(0), "retries", job.text("retry_id") ?? "", "items")
            .with("status", "refused")
        var listing = Listing(api, path, limit: 20)
        for item in try listing.all() {
            let why = TextTable.harmless(item.text("detail") ?? "no reason given")
            call.console.note("run \(item.text("run_id") ?? ""): \(why)")
        }
        if count > 20 { call.console.note("… and \(count - 20) more") }
    }
}
