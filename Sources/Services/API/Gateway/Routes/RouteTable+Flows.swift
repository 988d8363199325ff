import HTTP
import JSON
import Workflow

extension RouteTable {
    static let flows = [
        APIRoute(
            "GET", "/v1/flows", .runsRead, "The newest version of each flow, by id.", parameters: [.limit, .cursor],
            .desk { (call, desk) throws(Problem) in try list(call, desk) }),
        APIRoute(
            "POST", "/v1/flows/validate", .runsRead, "Says everything that is wrong with a definition.",
            body: .required,
            .gate { (call, gate, reply) throws(Problem) in
                reply.send(try validation(call, gate.policy.flows))
            }),
        APIRoute(
            "PUT", "/v1/flows/{flow_id}", .flowsWrite,
            "Registers a definition; 201 for a new version, 200 when the newest says the same.",
            parameters: [.reason], body: .required,
            .desk { (call, desk) throws(Problem) in try apply(call, desk) }),
        APIRoute(
            "GET", "/v1/flows/{flow_id}", .runsRead,
            "A flow with its definition, the newest version unless one is named.",
            parameters: [APIParameter("version", .integer(1...Int(Int32.max)), "this version")],
            .desk { (call, desk) throws(Problem) in
                let (id, version) = (try call.part("flow_id"), call.integer("version"))
                let flow = try asking { () throws(ServiceFailure) in try desk.registry.flow(id, version: version) }
                return show(flow).tagged(for: call.request)
            }),
        APIRoute(
            "GET", "/v1/flows/{flow_id}/versions", .runsRead, "The versions of a flow, newest first.",
            parameters: [.limit, .cursor],
            .desk { (call, desk) throws(Problem) in try versions(call, desk) }),
        APIRoute(
            "GET", "/v1/flows/{flow_id}/stages", .runsRead,
            "How each stage of a flow went, over its newest 10,000 runs.",
            parameters: [APIParameter("since", .time, "of runs made at this time or later (default 24 hours ago)")],
            .desk { (call, desk) throws(Problem) in try stageStatistics(call, desk) }),
    ]

    private static func list(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let after = try call.cursorID()
        let flows = try asking { () throws(ServiceFailure) in
            try desk.registry.flows(after: after, limit: call.limit + 1)
        }
        return .page(flows, limit: call.limit, next: flows.next(call.limit) { PageCursor.text($0.flowID) }) {
            $0.write($1)
        }
    }

    private static func versions(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let id = try call.part("flow_id")
        let after = try call.text("cursor").map { (text) throws(Problem) in try PageCursor.pair(text).number }
        let all = try asking { () throws(ServiceFailure) in try desk.registry.versions(of: id) }
        let versions = all.filter { $0.version < after ?? .max }.prefix(call.limit + 1)
        return .page(
            Array(versions), limit: call.limit,
            next: versions.next(call.limit) { PageCursor.text(Int64($0.version), "version") }
        ) {
            $0.write($1)
        }
    }

    private static func show(_ flow: RegisteredFlow) -> HTTPServer.Response {
        .object { writer in
            writer.members(of: flow.entry)
            writer.member("definition", raw: (try? JSONValue(validating: flow.definition).bytes) ?? JSONValue.null)
        }
    }

    private static func validation(_ call: Call, _ settings: FlowSettings) throws(Problem) -> HTTPServer.Response {
        _ = try call.members()
        switch Flow.compile(call.request.body[...], flowID: nil, settings: settings) {
        case .success(let flow):
            return .object { writer in
                writer.member("valid", bool: true)
                writer.member("tasks", int: flow.tasks.count)
                writer.member("sha256", string: flow.sha256Hex)
            }
        case .failure(let problems):
            return .object { writer in
                writer.member("valid", bool: false)
                writer.key("errors")
                writer.beginArray()
                for problem in problems.problems {
                    writer.beginObject()
                    writer.member("pointer", string: Problem.Finding.pointer(path: problem.path[...]))
                    writer.member("detail", string: problem.message)
                    writer.endObject()
                }
                writer.endArray()
                if problems.unlisted > 0 { writer.member("unlisted", int: problems.unlisted) }
            }
        }
    }

    /// The newest version, where `If-Match` has its tag: so two people do not overwrite each other without knowing. Nil
    /// where it does not matter which it is.
    static func matched(_ id: String, _ call: Call, in registry: FlowRegistry) throws(Problem) -> RegisteredFlow? {
        guard let wanted = call.request.headers["If-Match"], wanted != "*" else { return nil }
        do throws(ServiceFailure) {
            let newest = try registry.flow(id)
            if let tag = show(newest).tagged(for: call.request).headers["ETag"], wanted.contains(tag) { return newest }
        } catch {
            guard error.code == .notFound else { throw Problem(error) }
        }
        throw .changed(id)
    }

    private static func apply(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let id = try call.part("flow_id")
        guard RequestDraft.isName(id) else {
            throw Problem(422, "invalid", "flow_id must have 1 to 255 of the characters A-Z a-z 0-9 . _ -")
        }
        _ = try call.members()
        // What is wrong is wrong over any version: nobody is sent to look at another one for it.
        try asking { () throws(ServiceFailure) in try desk.registry.judge(call.request.body[...], flowID: id) }
        let seen = try matched(id, call, in: desk.registry)
        let applied: AppliedVersion
        do throws(ServiceFailure) {
            applied = try desk.registry.apply(call.request.body[...], flowID: id, over: seen)
        } catch {
            throw error.code == .conflict && seen != nil ? .changed(id) : Problem(error)
        }
        do throws(AccessFailure) {
            try desk.audit.note([
                AuditEntry(
                    .flowApply, requestID: call.seed, tenantID: call.caller.tenantID, actor: call.actor(nil),
                    reason: call.text("reason"), detail: "\(id) version \(applied.entry.version)")
            ])
        } catch {
            throw Problem(error)
        }
        var response = HTTPServer.Response.object(applied.isNew ? 201 : 200) { writer in
            writer.members(of: applied.entry)
            writer.member("created", bool: applied.isNew)
        }
        response.headers.add("Location", "/v1/flows/\(PathText.encode(id))?version=\(applied.entry.version)")
        return response
    }
}

extension Problem {
    fileprivate static func changed(_ id: String) -> Problem {
        Problem(412, "changed", "the newest version of \(id) is not the one with this tag")
    }
}

extension JSONWriter {
    mutating func members(of entry: RegistryEntry) {
        member("flow_id", string: entry.flowID)
        member("version", int: entry.version)
        member("sha256", string: entry.sha256)
        member("created_at", string: entry.createdAt)
    }

    mutating func write(_ entry: RegistryEntry) {
        beginObject()
        members(of: entry)
        endObject()
    }
}
