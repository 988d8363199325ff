import HTTP
import JSON
import Workflow

extension RouteTable {
    static let runs = [
        APIRoute(
            "POST", "/v1/runs", .runsWrite, "Asks for a run of a flow; 202 once Kafka has acknowledged it.",
            parameters: [.wait], body: .required,
            .gate { (call, gate, reply) throws(Problem) in try RunStart(call, gate, reply).begin() }),
        APIRoute(
            "GET", "/v1/runs", .runsRead,
            "Runs from the newest to the oldest; without an id those of the last 24 hours.",
            parameters: RunList.parameters,
            .desk { (call, desk) throws(Problem) in try RunList.answer(call, desk) }),
        APIRoute(
            "GET", "/v1/runs/{run_id}", .runsRead, "One run; `requested` until a lane has taken it.",
            .gate { (call, gate, reply) throws(Problem) in
                try gate.find(call, reply) { sight in
                    HTTPServer.Response.value { $0.write(sight, for: call.caller) }.tagged(for: call.request)
                }
            }),
        APIRoute(
            "GET", "/v1/runs/{run_id}/result", .runsRead, "How a run ended, and its output; 202 while it goes on.",
            parameters: [.wait],
            .gate { (call, gate, reply) throws(Problem) in
                try gate.find(call, reply) { sight in result(of: sight, call) }
            }),
        APIRoute(
            "GET", "/v1/runs/{run_id}/tasks", .runsRead, "The tasks of a run in the order of their stages.",
            parameters: [
                .limit, .cursor,
                APIParameter(
                    "payloads", .flag, "with inputs and outputs; then a page ends early where they grow large"),
                APIParameter("status", .choice(taskStatuses), "only tasks with this status"),
            ],
            .desk { (call, desk) throws(Problem) in try tasks(call, desk) }),
        APIRoute(
            "GET", "/v1/runs/{run_id}/events", .runsRead, "What happened to a run, from the first to the last.",
            parameters: [.limit, .cursor],
            .desk { (call, desk) throws(Problem) in try events(call, desk) }),
    ]

    private static let taskStatuses = [
        "pending", "running", "retrying", "succeeded", "degraded", "failed", "skipped", "cancelled",
    ]

    static func result(of sight: RunSight, _ call: Call) -> HTTPServer.Response {
        guard case .recorded(let run) = sight, run.hasEnded else {
            return .value(202) { $0.write(sight, for: call.caller) }
        }
        return .object { writer in
            writer.member("run_id", string: run.runID)
            writer.member("flow_id", string: run.flowID)
            writer.member("status", string: run.status)
            writer.member("degraded", bool: run.isDegraded)
            writer.payload("output", run.output, for: call.caller)
            writer.put("error", run.error)
            writer.put("completed_at", run.completedAt)
        }
    }

    private static func tasks(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let start = try call.text("cursor").map { (text) throws(Problem) in try PageCursor.pair(text).number } ?? 0
        guard let run = try desk.run(call) else {
            return .emptyPage
        }
        let tasks = try asking { () throws(ServiceFailure) in
            let tasks = try desk.reader.tasks(of: run)
            return run.hasEnded ? tasks : desk.pools?.note(tasks) ?? tasks
        }
        // A task's place among all of them stays, however its status changes.
        let status = call.text("status")
        var page = Array(
            tasks.enumerated().dropFirst(Int(clamping: max(0, start)))
                .filter { status == nil || $0.element.status == status }.prefix(call.limit + 1))
        var limit = call.limit
        if call.flag("payloads") {
            let filled = try asking { () throws(ServiceFailure) in
                try desk.reader.filled(page.prefix(limit).map(\.element), of: run.runID)
            }
            for (place, task) in filled.enumerated() { page[place].element = task }
            limit = max(1, filled.count)
        }
        return .page(
            page, limit: limit, next: page.next(limit) { PageCursor.text(Int64($0.offset + 1), "task") }
        ) {
            $0.write($1.element, for: call.caller)
        }
    }

    private static func events(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let place = try call.text("cursor").map { (text) throws(Problem) in try PageCursor.event(text) }
        _ = try desk.run(call)
        let runID = try call.part("run_id")
        let events = try asking { () throws(ServiceFailure) in
            try desk.reader.events(of: runID, after: place, limit: call.limit + 1)
        }
        return .page(
            events, limit: call.limit, next: events.next(call.limit) { PageCursor.text($0.place) }
        ) {
            writer, event in
            writer.beginObject()
            writer.put("at", event.at)
            writer.member("type", string: event.type)
            writer.put("task_id", event.taskID)
            writer.memberIfPresent("attempt", int: event.attempt)
            writer.put("actor", event.actor)
            writer.put("detail", event.detail)
            writer.endObject()
        }
    }
}

extension Desk {
    /// The run of the address; nil while no lane has taken it. What the caller may not see is not there.
    func run(_ call: Call) throws(Problem) -> RunRecord? {
        let runID = try call.part("run_id")
        let sight = try asking { () throws(ServiceFailure) in try reader.sight(of: runID) }
        guard let sight, call.caller.sees(tenant: sight.tenantID) else { throw .noRun(runID) }
        guard case .recorded(let run) = sight else { return nil }
        return run
    }
}

extension Problem {
    static func noRun(_ runID: String) -> Problem { Problem(404, "not_found", "no run \(runID) is known") }
}

extension Gate {
    /// Answers with what is made of the run of the address; waits for its end where the call does.
    func find(
        _ call: Call, _ reply: Reply, _ answer: @escaping @Sendable (RunSight) -> HTTPServer.Response
    ) throws(Problem) {
        let runID = try call.part("run_id")
        let then: RunLooks.FindAnswer = { found in
            switch found {
            case .failure(let failure): reply.fail(Problem(failure))
            case .success(let sight):
                guard let sight, call.caller.sees(tenant: sight.tenantID) else { return reply.fail(.noRun(runID)) }
                reply.send(answer(sight))
            }
        }
        let wait = call.integer("wait") ?? 0
        let isTaken = wait > 0 ? awaitEnd(of: runID, seconds: wait, then: then) : looks.find(runID, then: then)
        guard isTaken else { throw .overloaded }
    }

    /// An id nobody knows is not waited for.
    func awaitEnd(of runID: String, seconds: Int, then: @escaping RunLooks.FindAnswer) -> Bool {
        looks.find(runID) { [looks] found in
            guard case .success(let sight?) = found, !sight.isOver else { return then(found) }
            if !looks.end(of: runID, within: .seconds(seconds), then: then) { then(found) }
        }
    }
}
