import JSON
import Platform
import Workflow

/// A request for a run as somebody posted it: checked as its lane would, and written as the event.
struct RunSubmission: Sendable {
    let runID: String
    /// The caller chose the id, so the run may be there already.
    let isNamed: Bool
    let flowID: String
    let flowVersion: Int?
    let tenantID: String
    let definition: Bytes?
    let input: Bytes?
    let reason: String?
    let actor: String?
    /// What is taken all the same, and hardly meant so: each with its place in the body.
    let warnings: [String]
    /// The event `flow_run_requested`.
    let message: [UInt8]

    /// - `madeID`: for a request that names none.
    init(_ body: Bytes, madeID: String, caller: Caller, settings: FlowSettings) throws(Problem) {
        guard !body.isEmpty else { throw Problem(400, "malformed_json", "the body is empty; it must be a JSON object") }
        var fields = BodyFields(try Call.members(body))
        let ids = IDs(&fields, caller: caller)
        let options = Options(&fields)
        input = fields.payload("input", nil)
        let context = fields.payload("execution_context", .object)
        definition = Self.definition(&fields, flowID: ids.flowID, settings)
        reason = fields.string("reason")
        actor = fields.string("actor", most: 255)
        try fields.check()
        runID = ids.runID ?? madeID
        isNamed = ids.runID != nil
        flowID = ids.flowID ?? ""
        tenantID = ids.tenantID ?? caller.tenantID ?? "default"
        flowVersion = options.version
        warnings = Self.ignored(body) + Self.malformed(options.delivery)
        var writer = JSONWriter(reserving: body.count + 160)
        writer.beginObject()
        writer.member("event_type", string: "flow_run_requested" as StaticString)
        writer.member("run_id", string: runID)
        writer.member("flow_id", string: flowID)
        writer.member("tenant_id", string: tenantID)
        writer.put("correlation_id", ids.correlationID)
        writer.put("session_id", ids.sessionID)
        writer.put("user_id", ids.userID)
        writer.memberIfPresent("flow_version", int: flowVersion)
        writer.put("timeout", raw: options.timeout)
        writer.put("labels", raw: options.labels)
        writer.put("delivery", raw: options.delivery)
        writer.put("input", raw: input)
        writer.put("execution_context", raw: context)
        writer.put("flow_definition", raw: definition)
        writer.endObject()
        message = writer.bytes
    }

    /// What the interface says of the body; a test holds the two together.
    static let known: Set = [
        "event_type", "run_id", "correlation_id", "flow_id", "tenant_id", "user_id", "input", "flow_definition",
        "execution_context", "flow_version", "session_id", "labels", "timeout", "delivery", "reason", "actor",
    ]

    private static func ignored(_ body: Bytes) -> [String] {
        JSONValue(trusted: body).memberNames(butOf: known).prefix(20).map { name in
            let name = String(name.prefix(100))
            let nearest = NearestName.find(name, among: known.sorted())
            return "/\(name): is not known and ignored" + (nearest.map { "; did you mean \($0)?" } ?? "")
        }
    }

    /// Such a channel is passed over: who asked would hear of it when the result is in the inbox.
    private static func malformed(_ delivery: Bytes?) -> [String] {
        guard let delivery else { return [] }
        let channels = DeliveryRequest(reading: JSONValue(trusted: delivery)).channels
        return channels.enumerated().compactMap { place, channel in
            guard case .malformed(_, let problem) = channel.target else { return nil }
            return "/delivery/\(place): \(problem): it is passed over"
        }
    }

    private struct IDs {
        let runID, flowID, tenantID, correlationID, sessionID, userID: String?

        init(_ fields: inout BodyFields, caller: Caller) {
            runID = fields.id("run_id")
            correlationID = fields.id("correlation_id")
            sessionID = fields.id("session_id")
            userID = fields.id("user_id")
            tenantID = fields.id("tenant_id")
            if let tenantID, !caller.sees(tenant: tenantID) {
                fields.find("/tenant_id", "is not the tenant of the key")
            }
            let flow = fields.string("flow_id", most: 255)
            if let flow, !RequestDraft.isName(flow) {
                fields.find("/flow_id", "must have 1 to 255 of the characters A-Z a-z 0-9 . _ -")
            } else if flow == nil, fields.members["flow_id"] == nil {
                fields.find("/flow_id", "is missing")
            }
            flowID = flow
            for name in ["parent_run_id", "retry_from_stage"] as [StaticString] where fields.members[name] != nil {
                fields.find("/\(name)", "belongs to POST /v1/runs/{run_id}/retry")
            }
            if let type = fields.text("event_type"), type != "flow_run_requested" {
                fields.find("/event_type", "must be absent, or flow_run_requested")
            }
        }
    }

    private struct Options {
        let version: Int?
        let timeout, labels, delivery: Bytes?

        init(_ fields: inout BodyFields) {
            version = fields.integer("flow_version", 1...Int(Int32.max))
            if let value = fields.members["timeout"], !(value.double.map { $0 > 0 && $0 <= 1e9 } ?? false) {
                fields.find("/timeout", "must be a number of seconds above 0, at most 1000000000")
            }
            timeout = fields.members["timeout"]?.bytes
            labels = fields.payload("labels", .object)
            delivery = fields.payload("delivery", .array)
        }
    }

    /// Compiled here, so that every problem of it is told at once.
    private static func definition(_ fields: inout BodyFields, flowID: String?, _ settings: FlowSettings) -> Bytes? {
        guard let member = fields.members.member("flow_definition") else { return nil }
        guard member.value.kind == .object, member.depth <= Limits.depth, member.isStorable else {
            fields.find("/flow_definition", "must be an object, at most \(Limits.depth) deep, that can be stored")
            return nil
        }
        let text = member.value.bytes
        switch Flow.compile(text, flowID: flowID.map { Identifier($0) }, settings: settings) {
        case .success: break
        case .failure(let problems):
            for problem in problems.problems {
                fields.find("/flow_definition" + Problem.Finding.pointer(path: problem.path[...]), problem.message)
            }
        }
        return text
    }

    /// The same as a draft, to be compared with a run that has its id.
    var draft: RequestDraft {
        var draft = RequestDraft(runID: runID, flowID: flowID)
        (draft.flowVersion, draft.definition, draft.input) = (flowVersion, definition, input)
        return draft
    }
}
