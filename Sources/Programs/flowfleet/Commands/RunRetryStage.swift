import API
import JSON
import Platform
import Workflow

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

    static func draft(_ stage: String, _ call: Invocation) throws(CommandFailure) -> StageRetryDraft {
        let values = call.values
        for flag in ["task", "after-attempt"] where values.isSet(flag) {
            throw .usage("--\(flag) is for retries in the same run, not for --from")
        }
        var draft = StageRetryDraft(
            runID: values.text("run-id") ?? randomID(), parentRunID: call.operand(0), fromStage: stage,
            requestID: values.text("request-id") ?? randomID())
        if let text = values.text("input-patch") { draft.inputPatch = try Payload.read(text)[...] }
        if let text = values.text("output-overrides") { draft.outputOverrides = try Payload.read(text)[...] }
        draft.wantsLatest = values.text("version") == "latest"
        if !draft.wantsLatest { draft.flowVersion = try values.number("version", atLeast: 1) }
        draft.planVersion = values.text("plan-version")
        draft.queues = values.isSet("queue")
        draft.reason = values.text("reason")
        draft.actor = values.text("actor") ?? call.loginName
        return draft
    }
}

/// Carries a stage retry out: plan, request, and the lane's answer.
struct StageRetryCall {
    let call: Invocation
    let retries: StageRetries
    let reader: RunReader

    init(_ call: Invocation, _ connections: Connections) {
        self.call = call
        retries = connections.stageRetries()
        reader = connections.reader()
    }

    func run(from stage: String) throws(CommandFailure) -> ExitCode {
        let draft = try StageFlags.draft(stage, call)
        if call.values.isSet("plan") || call.values.isSet("dry-run") { return show(try plan(draft)) }
        // The same ids again are the same retry, and against a plan of now it would stand itself.
        let known = try asking { () throws(ServiceFailure) in try retries.decision(of: draft) }
        if let known { return try tell(known, draft) }
        let plan = try plan(draft)
        if let refusal = plan.refusal, refusal.code != .liveRetry || !draft.queues {
            throw CommandFailure(refusal.failure)
        }
        let run = try asking { () throws(ServiceFailure) in try reader.run(draft.parentRunID) }
        try asking { () throws(ServiceFailure) in try retries.send(draft, flowID: run.flowID) }
        return try tell(try decision(on: draft), draft)
    }

    private func plan(_ draft: StageRetryDraft) throws(CommandFailure) -> StageRetryPlan {
        switch try asking({ () throws(ServiceFailure) in try retries.plan(draft) }) {
        case .success(let plan): return plan
        case .failure(let refusal): throw CommandFailure(refusal.failure)
        }
    }

    private func show(_ plan: StageRetryPlan) -> ExitCode {
        call.printer.one(OutputRecord(plan))
        guard call.printer.format == .table, let refusal = plan.refusal else { return .ok }
        call.console.note("not possible now: \(refusal.auditDetail)")
        return .ok
    }

    private func decision(on draft: StageRetryDraft) throws(CommandFailure) -> StageDecision {
        let limit = try call.values.duration("timeout") ?? .seconds(5)
        let wait = RunWait(limit: limit, unknownLimit: nil, elapsed: Stopwatch().elapsed, pause: Stopwatch.pause)
        let decision = try asking { () throws(ServiceFailure) in try wait.forDecision(of: draft, retries) }
        guard let decision else {
            throw CommandFailure(
                .waitTimedOut, "the retry is asked for as run \(draft.runID), but no lane has dealt with it yet",
                advice: "is flowfleet-orchestrator running? flowfleet run get \(draft.runID)")
        }
        return decision
    }

    private func tell(_ decision: StageDecision, _ draft: StageRetryDraft) throws(CommandFailure) -> ExitCode {
        var record = OutputRecord()
        record.add("run_id", .text(draft.runID))
        record.add("parent_run_id", .text(draft.parentRunID))
        record.add("from_stage", .text(draft.fromStage))
        record.add("request_id", .text(draft.requestID), inTable: false)
        switch decision {
        case .made(let detail):
            record.add("outcome", .text("made"))
            record.add("detail", .init(detail))
        case .standsInLine(let parent):
            record.add("outcome", .text("queued"))
            record.add("detail", .text("another retry of \(parent) is live"))
        case .refused(let detail):
            let refusal = StageRefusal(auditDetail: detail) ?? StageRefusal(.invalidRequest, detail)
            throw CommandFailure(refusal.failure)
        }
        call.printer.one(record)
        return .ok
    }
}

extension OutputRecord {
    init(_ plan: StageRetryPlan) {
        self.init()
        add("from_stage", .text(plan.stage.description))
        add("plan_version", .text(plan.version))
        add("depth", .number(Int(plan.depth)))
        add("reused", .json(Self.list(plan.reused.map { $0.taskID.description })))
        add("run_again", .json(Self.list(plan.again.map(\.description))))
        add(
            "blocked", plan.blocked.isEmpty ? .absent : .json(Self.list(plan.blocked.map { "\($0.taskID): \($0.why)" }))
        )
        add("missing", plan.missing.isEmpty ? .absent : .json(Self.list(plan.missing)))
        add("live_retry", .init(plan.live?.description))
    }

    static func list(_ texts: [String]) -> Bytes {
        var writer = JSONWriter()
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
        return writer.bytes[...]
    }
}
