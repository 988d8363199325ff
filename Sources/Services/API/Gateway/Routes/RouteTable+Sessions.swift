import HTTP
import JSON
import Workflow

extension RouteTable {
    static let sessions = [
        APIRoute(
            "POST", "/v1/sessions", .runsWrite, "Opens a session; runs join it by `session_id`.", body: .optional,
            .desk { (call, desk) throws(Problem) in try open(call, desk) }),
        APIRoute(
            "GET", "/v1/sessions", .runsRead, "Sessions that were opened, from the newest to the oldest.",
            parameters: [.limit, .cursor, APIParameter("tenant", .id, "sessions of this tenant")],
            .desk { (call, desk) throws(Problem) in try list(call, desk) }),
        APIRoute(
            "GET", "/v1/sessions/{session_id}", .runsRead, "A session and how far its runs have come.",
            .desk { (call, desk) throws(Problem) in
                let session = try desk.session(call)
                let progress = try asking { () throws(ServiceFailure) in
                    try desk.sessions(for: call.caller).progress(of: session.sessionID)
                }
                return HTTPServer.Response.value { $0.write(session, progress) }.tagged(for: call.request)
            }),
        APIRoute(
            "GET", "/v1/sessions/{session_id}/analytics", .runsRead,
            "Durations, retries, failures by fingerprint, and how each stage went.",
            .desk { (call, desk) throws(Problem) in try analytics(call, desk) }),
        APIRoute(
            "POST", "/v1/sessions/{session_id}/close", .runsWrite, "Closes a session; its runs stay as they are.",
            body: .optional,
            .desk { (call, desk) throws(Problem) in try close(call, desk) }),
        control(.cancel, "Cancels every run of a session that has not ended."),
        control(.pause, "Pauses every run of a session that has not ended."),
        control(.resume, "Lets every paused run of a session go on."),
        APIRoute(
            "POST", "/orchestrator-trigger", .runsWrite,
            "Starts one run for each query of a job, or tries failed tasks of a session again.", body: .required,
            .gate { (call, gate, reply) throws(Problem) in
                gate.onDesk(reply) { desk in
                    reply.send { () throws(Problem) in try trigger(call, desk, gate.policy.triggerFlow) }
                }
            }),
    ]

    private static func open(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var fields = BodyFields(try call.members())
        let tenant = fields.id("tenant_id")
        if let tenant, !call.caller.sees(tenant: tenant) {
            fields.find("/tenant_id", "is not the tenant of the key")
        }
        let named = fields.id("session_id")
        var draft = SessionDraft(
            sessionID: named ?? call.ids()(),
            tenantID: tenant ?? call.caller.tenantID ?? "default")
        draft.metadata = fields.payload("metadata", .object)
        draft.expiresInSeconds = fields.integer("expires_in", 1...315_360_000)
        try fields.check()
        let wish = call.wish(fields)
        let isNew = try asking { () throws(ServiceFailure) in try desk.sessions(for: call.caller).open(draft, wish) }
        // An id that was made here and is taken was made by an earlier try of this request.
        guard isNew || named == nil else { throw Problem(409, "session_exists", "the id \(draft.sessionID) is taken") }
        let made = try desk.session(draft.sessionID, for: call.caller)
        var response = HTTPServer.Response.value(201) { $0.write(made, nil) }
        response.headers.add("Location", "/v1/sessions/" + PathText.encode(draft.sessionID))
        return response
    }

    private static func list(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let tenant = call.text("tenant") ?? call.caller.tenantID
        guard call.caller.tenantID == nil || tenant == call.caller.tenantID else { throw .otherTenant }
        let before = try call.cursorID()
        let found = try asking { () throws(ServiceFailure) in
            try desk.sessions(for: call.caller).sessions(tenantID: tenant, before: before, limit: call.limit + 1)
        }
        return .page(found, limit: call.limit, next: found.next(call.limit) { PageCursor.text($0.sessionID) }) {
            $0.write($1, nil)
        }
    }

    private static func close(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var fields = BodyFields(try call.members())
        let wish = try call.wish(reading: &fields)
        let session = try desk.session(call)
        let isDone = try asking { () throws(ServiceFailure) in
            try desk.sessions(for: call.caller).close(session.sessionID, wish)
        }
        guard isDone else { throw Problem(409, "conflict", "session \(session.sessionID) is not open") }
        let closed = try desk.session(call)
        return .value { $0.write(closed, nil) }
    }

    private static func control(_ kind: CommandDraft.Kind, _ summary: String) -> APIRoute {
        APIRoute(
            "POST", "/v1/sessions/{session_id}/\(kind.rawValue)", .runsWrite, summary, body: .optional,
            .desk { (call, desk) throws(Problem) in
                var fields = BodyFields(try call.members())
                let (wish, session) = (try call.wish(reading: &fields), try desk.session(call))
                let commands = try asking { () throws(ServiceFailure) in
                    try desk.sessionControls(for: call.caller).send(
                        kind, to: session.sessionID, actionID: wish.requestID, actor: wish.actor, reason: wish.reason)
                }
                return .object(202) { writer in
                    writer.member("session_id", string: session.sessionID)
                    writer.member("request_id", string: wish.requestID)
                    writer.member("runs", int: commands.count)
                }
            })
    }

    private static func trigger(_ call: Call, _ desk: Desk, _ flow: String?) throws(Problem) -> HTTPServer.Response {
        let request: TriggerRequest
        switch TriggerRequest.read(call.request.body[...]) {
        case .success(let read): request = read
        case .failure(let failure): throw Problem.badRequest(failure)
        }
        if case .start(let job) = request, let flow = job.flowID ?? flow { try desk.checkFlow(flow) }
        let trigger = SessionTrigger(
            sessions: desk.sessions(for: call.caller), retries: desk.sessionRetries(for: call.caller),
            publisher: desk.publisher, defaultFlow: flow,
            newID: call.ids())
        do throws(ServiceFailure) {
            let answer = try trigger.handle(
                request, tenantID: call.caller.tenantID ?? "default", actor: call.actor(nil))
            switch answer {
            case .retrying(let plan, let retryID): return retrying(plan, retryID)
            case .started(let sessionID, let runs):
                return .object(202) { writer in
                    writer.member("session_id", string: sessionID)
                    writer.key("runs")
                    writer.beginArray()
                    for run in runs {
                        writer.beginObject()
                        writer.member("run_id", string: run.runID)
                        writer.member("query", string: run.query)
                        writer.endObject()
                    }
                    writer.endArray()
                }
            }
        } catch {
            throw Problem.badRequest(error)
        }
    }
}

extension Problem {
    static func noSession(_ id: String) -> Problem { Problem(404, "not_found", "no session \(id) is known") }

    /// The trigger's contract knows 400 where others answer 422.
    fileprivate static func badRequest(_ failure: ServiceFailure) -> Problem {
        guard failure.code == .invalid else { return Problem(failure) }
        return Problem(
            400, "invalid", failure.message,
            findings: failure.details.map { detail in
                let parts = detail.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].hasPrefix("/") else { return Finding(text: detail) }
                return Finding(String(parts[0]), String(parts[1].drop { $0 == " " }))
            })
    }
}

extension Desk {
    func session(_ call: Call) throws(Problem) -> SessionRecord {
        try session(try call.part("session_id"), for: call.caller)
    }

    func session(_ id: String, for caller: Caller) throws(Problem) -> SessionRecord {
        do throws(ServiceFailure) { return try sessions(for: caller).session(id) } catch {
            throw error.code == .notFound ? .noSession(id) : Problem(error)
        }
    }
}
