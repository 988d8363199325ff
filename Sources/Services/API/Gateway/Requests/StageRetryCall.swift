import HTTP
import JSON
import Workflow

/// One request for a stage retry: read, planned, sent, answered with what the lane decided.
struct StageRetryCall {
    private let call: Call
    private let desk: Desk
    private let draft: StageRetryDraft
    private let run: RunRecord

    init(_ call: Call, _ desk: Desk) throws(Problem) {
        (self.call, self.desk) = (call, desk)
        let parentID = try call.part("run_id")
        draft = try StageRetryCall.draft(call, parentID)
        guard let run = try desk.run(call) else {
            throw Problem(409, "run_not_ended", "run \(parentID) has not been taken by a lane yet")
        }
        self.run = run
    }

    private static func draft(_ call: Call, _ parentID: String) throws(Problem) -> StageRetryDraft {
        var fields = BodyFields(try call.members())
        let stage = fields.id("from_stage")
        if fields.members["from_stage"] == nil { fields.find("/from_stage", "is missing") }
        let runID = fields.id("run_id") ?? call.seed
        var draft = StageRetryDraft(
            runID: runID, parentRunID: parentID, fromStage: stage ?? "",
            requestID: fields.id("request_id") ?? call.seed)
        draft.inputPatch = fields.payload("input_patch", .object)
        draft.outputOverrides = fields.payload("output_overrides", .object)
        draft.planVersion = fields.string("plan_version", most: 255)
        draft.queues = fields.bool("queue") ?? false
        if fields.text("version") == "latest" {
            draft.wantsLatest = true
        } else {
            draft.flowVersion = fields.integer("version", 1...Int(Int32.max))
        }
        draft.reason = fields.string("reason")
        draft.actor = call.actor(fields.string("actor", most: 255))
        try fields.check()
        return draft
    }

    private func planned() throws(Problem) -> StageRetryPlan {
        switch try asking({ () throws(ServiceFailure) in try desk.stages.plan(draft) }) {
        case .success(let plan): return plan
        case .failure(let refusal): throw Problem(refusal)
        }
    }

    func plan() throws(Problem) -> HTTPServer.Response {
        let plan = try planned()
        return .object { writer in
            writer.member("run_id", string: draft.parentRunID)
            writer.member("from_stage", string: draft.fromStage)
            writer.member("plan_version", string: plan.version)
            writer.member("allowed", bool: plan.refusal == nil)
            if let refusal = plan.refusal {
                writer.member("code", string: refusal.code.rawValue)
                writer.member("detail", string: refusal.sentence)
            }
            writer.member("depth", int: Int(plan.depth))
            writer.put("live_run_id", plan.live?.description)
            writer.key("starts")
            writer.strings(plan.starts.map(\.description))
            writer.key("again")
            writer.strings(plan.again.map(\.description))
            writer.key("missing")
            writer.strings(plan.missing)
            writer.key("reused")
            writer.beginArray()
            for piece in plan.reused {
                writer.beginObject()
                writer.member("task_id", string: piece.taskID.description)
                writer.member("status", string: piece.status.rawValue)
                writer.member("overridden", bool: piece.override != nil)
                writer.endObject()
            }
            writer.endArray()
            writer.key("blocked")
            writer.beginArray()
            for task in plan.blocked {
                writer.beginObject()
                writer.member("task_id", string: task.taskID.description)
                writer.member("why", string: task.why)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    func begin(_ gate: Gate, _ reply: Reply) throws(Problem) {
        // The same ids again are the same retry, and against a plan of now it would stand itself.
        if let decision = try decided() { return reply.send(try Self.answer(draft, decision)) }
        try checkID()
        let plan = try planned()
        if let refusal = plan.refusal, !(refusal.code == .liveRetry && draft.queues) { throw Problem(refusal) }
        // Shown as requested until the lane has made it; not under the lane's own name for its decision.
        let audit = AuditEntry(
            .runStart, requestID: String(draft.requestID.prefix(120)) + "/asked", runID: draft.runID,
            tenantID: run.tenantID,
            actor: draft.actor, reason: draft.reason, detail: run.flowID)
        gate.decide(
            Array(draft.message(flowID: run.flowID)), OutcomeName(requestID: draft.requestID, runID: draft.runID),
            of: "flow_run_requested", reply, audit: audit
        ) { [draft] (outcome) throws(Problem) in
            try Self.answer(draft, outcome.map { $0.decision })
        }
    }

    /// What was decided of this request before; nil when it is new.
    private func decided() throws(Problem) -> StageDecision? {
        let decision = try asking { () throws(ServiceFailure) in try desk.stages.decision(of: draft) }
        guard case .made = decision else { return decision }
        let made = try asking { () throws(ServiceFailure) in try desk.reader.sight(of: draft.runID) }
        guard case .recorded(let child) = made, child.parentRunID != draft.parentRunID else { return decision }
        throw Problem(409, "run_exists", "run \(draft.runID) is no retry of run \(draft.parentRunID)")
    }

    /// The lane would refuse it as well, but under the name of a run that may be somebody else's.
    private func checkID() throws(Problem) {
        guard draft.runID != call.seed else { return }
        let sight = try asking { () throws(ServiceFailure) in try desk.reader.sight(of: draft.runID) }
        guard case .recorded = sight else { return }
        throw Problem(409, "run_exists", "the id \(draft.runID) is taken")
    }

    /// - `decision`: nil for one that the lane has not come to.
    private static func answer(
        _ draft: StageRetryDraft, _ decision: StageDecision?
    ) throws(Problem) -> HTTPServer.Response {
        switch decision {
        case .made: return answer(draft, "made")
        case .standsInLine, nil: return answer(draft, "pending")
        case .refused(let code?, let detail): throw Problem(StageRefusal(code, detail))
        case .refused(nil, let detail): throw Problem(409, "refused", detail)
        }
    }

    /// - `outcome`: `made`, or `pending` for one that stands in line or that the lane has not come to.
    private static func answer(_ draft: StageRetryDraft, _ outcome: String) -> HTTPServer.Response {
        var response = HTTPServer.Response.object(202) { writer in
            writer.member("run_id", string: draft.runID)
            writer.member("parent_run_id", string: draft.parentRunID)
            writer.member("from_stage", string: draft.fromStage)
            writer.member("outcome", string: outcome)
        }
        response.headers.add("Location", "/v1/runs/" + PathText.encode(draft.runID))
        return response
    }
}

extension CommandOutcome {
    fileprivate var decision: StageDecision {
        if isInLine { return .standsInLine(parentRunID: detail ?? "") }
        if isDone { return .made(detail: nil) }
        return .refused(code: code.flatMap(StageRefusal.Code.init), detail: detail ?? "")
    }
}

extension Problem {
    init(_ refusal: StageRefusal) {
        self.init(
            refusal.httpStatus, refusal.code.rawValue, refusal.sentence,
            findings: refusal.details.map { Finding("", $0) })
    }
}
