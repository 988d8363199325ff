import JSON
import Platform

/// `run retry --from STAGE`: a new run that reuses what is still good of an older one.
enum StageFlags {
    static let all = [
        Flag("from", "STAGE", "make a new run that starts from this stage and reuses the rest"),
        Flag("plan", nil, "with --from: only show what would be reused and what would run"),
        Flag("dry-run", nil, "the same as --plan"),
        Flag("input-patch", "JSON", "with --from: a JSON merge patch for the run's input; JSON, @FILE, or -"),
        Flag("output-overrides", "JSON", "with --from: outputs that stand in for those of reused tasks, by task"),
        Flag("version", "VERSION", "with --from: run by `latest`, or by this registered version"),
        Flag("plan-version", "VERSION", "with --from: refuse unless the plan is still this one"),
        Flag("queue", nil, "with --from: wait in line while another retry of the run is live"),
        Flag("run-id", "ID", "with --from: the new run's id (default a new UUID)"),
    ]

    /// - `ids`: of the request, and of the new run.
    static func body(
        _ stage: String, _ ids: (request: String, run: String), _ call: Invocation
    ) throws(CommandFailure) -> RequestBody {
        let values = call.values
        for flag in ["task", "after-attempt"] where values.isSet(flag) {
            throw .usage("--\(flag) is for retries in the same run, not for --from")
        }
        var body = WishFlags.body(call, requestID: ids.request)
        body.put("from_stage", stage)
        body.put("run_id", ids.run)
        body.put("input_patch", raw: try Payload.json("input-patch", values))
        body.put("output_overrides", raw: try Payload.json("output-overrides", values))
        if values.text("version") == "latest" {
            body.put("version", "latest")
        } else {
            body.put("version", try values.number("version", atLeast: 1))
        }
        body.put("plan_version", values.text("plan-version"))
        if values.isSet("queue") { body.put("queue", true) }
        return body
    }
}

/// Carries a stage retry out: plan, or request and the lane's answer.
struct StageRetry {
    private let call: Invocation
    private let api: APIClient
    private let isPlan: Bool
    private let printer: Printer

    init(_ call: Invocation) throws(CommandFailure) {
        self.call = call
        isPlan = call.values.isSet("plan") || call.values.isSet("dry-run")
        printer = try call.printer(isPlan ? .stagePlan : .stageRetries)
        api = try APIClient(call)
    }

    func run(from stage: String) throws(CommandFailure) -> ExitCode {
        let ids = (
            request: call.values.text("request-id") ?? randomID(), run: call.values.text("run-id") ?? randomID()
        )
        let body = try StageFlags.body(stage, ids, call)
        let path = APIPath("runs", call.operand(0), "retry")
        if isPlan { return try plan(body) }
        guard call.values.isSet("queue") else {
            let command = LaneCommand(call: call, api: api, name: "retry")
            return try command.run(
                path, body, printer, standard: .seconds(5), ids: [("request-id", ids.request), ("run-id", ids.run)])
        }
        // One that stands in line is decided when its turn comes.
        printer.one(OutputRecord(try api.send(path, body.bytes).object))
        return .ok
    }

    private func plan(_ body: RequestBody) throws(CommandFailure) -> ExitCode {
        let plan = try api.send(APIPath("runs", call.operand(0), "retry", "plan"), body.bytes).object
        var record = OutputRecord(plan)
        let reused = plan.objects("reused").compactMap { $0.text("task_id") }
        let blocked = plan.objects("blocked").map { "\($0.text("task_id") ?? ""): \($0.text("why") ?? "")" }
        record.show("reused", .json(OutputRecord.list(reused)))
        record.show("blocked", blocked.isEmpty ? .absent : .json(OutputRecord.list(blocked)))
        if plan.texts("missing").isEmpty { record.show("missing", .absent) }
        printer.one(record)
        if printer.format == .table, !plan.bool("allowed") {
            call.console.note("not possible now: \(plan.text("detail") ?? "")")
        }
        return .ok
    }
}
