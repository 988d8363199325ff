import HTTP
import JSON
import Workflow

extension RouteTable {
    static let sessionRetries = [
        APIRoute(
            "POST", "/v1/sessions/{session_id}/retry", .runsWrite,
            "Tries failed tasks of a session again in place: all of them, or those that are named.", body: .optional,
            .desk { (call, desk) throws(Problem) in try start(call, desk) }),
        APIRoute(
            "GET", "/v1/sessions/{session_id}/retries", .runsRead,
            "Retries of a session, from the newest to the oldest.", parameters: [.limit, .cursor],
            .desk { (call, desk) throws(Problem) in try list(call, desk) }),
        APIRoute(
            "GET", "/v1/sessions/{session_id}/retries/{retry_id}", .runsRead,
            "A retry of a session, and how many of its runs are where.",
            .desk { (call, desk) throws(Problem) in
                let (retry, tally) = try call.retry(desk)
                return HTTPServer.Response.value { $0.write(retry, tally) }.tagged(for: call.request)
            }),
        APIRoute(
            "GET", "/v1/sessions/{session_id}/retries/{retry_id}/items", .runsRead,
            "The runs of a retry and what came of each.",
            parameters: [
                .limit, .cursor,
                APIParameter(
                    "status", .choice(SessionRetryItem.State.allCases.map(\.rawValue)), "only items with this status"),
            ],
            .desk { (call, desk) throws(Problem) in try items(call, desk) }),
        APIRoute(
            "POST", "/v1/sessions/{session_id}/retries/{retry_id}/cancel", .runsWrite,
            "Drops what a retry has not sent yet; runs that go on again go on.", body: .optional,
            .desk { (call, desk) throws(Problem) in
                var fields = BodyFields(try call.members())
                let wish = try call.wish(reading: &fields)
                let (session, id) = (try desk.session(call), try call.part("retry_id"))
                let (retry, tally) = try asking { () throws(ServiceFailure) in
                    try desk.sessionRetries(for: call.caller).cancel(id, of: session.sessionID, wish)
                }
                return .value { $0.write(retry, tally) }
            }),
    ]

    private static func start(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var fields = BodyFields(try call.members())
        let tasks = fields.strings("tasks")
        let queries = fields.strings("selected_queries")
        let isDry = fields.bool("dry_run") ?? false
        let (wish, session) = (try call.wish(reading: &fields), try desk.session(call))
        let choice = SessionRetries.Choice(sessionID: session.sessionID, tasks: tasks, queries: queries)
        if isDry {
            let plan = try asking { () throws(ServiceFailure) in
                try desk.sessionRetries(for: call.caller).plan(choice)
            }
            return .object { $0.write(plan, retryID: nil) }
        }
        let plan = try asking { () throws(ServiceFailure) in
            try desk.sessionRetries(for: call.caller).start(
                choice, retryID: wish.requestID, actor: wish.actor, reason: wish.reason)
        }
        return retrying(plan, wish.requestID)
    }

    /// What is tried again, run by run; the same for a trigger.
    static func retrying(_ plan: SessionRetries.Plan, _ retryID: String) -> HTTPServer.Response {
        var response = HTTPServer.Response.object(202) { $0.write(plan, retryID: retryID) }
        let session = PathText.encode(plan.sessionID)
        response.headers.add("Location", "/v1/sessions/\(session)/retries/\(PathText.encode(retryID))")
        return response
    }

    private static func list(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let session = try desk.session(call)
        let before = try call.cursorID()
        let found = try asking { () throws(ServiceFailure) in
            try desk.sessionRetries(for: call.caller).list(session.sessionID, before: before, limit: call.limit + 1)
        }
        return .page(found, limit: call.limit, next: found.next(call.limit) { PageCursor.text($0.retryID) }) {
            $0.write($1, nil)
        }
    }

    private static func items(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let (session, id) = (try desk.session(call), try call.part("retry_id"))
        let retry = try asking { () throws(ServiceFailure) in
            try desk.sessionRetries(for: call.caller).record(id, of: session.sessionID)
        }
        let after = try call.cursorID()
        let found = try asking { () throws(ServiceFailure) in
            try desk.sessionRetries(for: call.caller).items(
                of: retry.retryID, state: call.text("status").flatMap(SessionRetryItem.State.init), after: after,
                limit: call.limit + 1)
        }
        return .page(found, limit: call.limit, next: found.next(call.limit) { PageCursor.text($0.runID) }) {
            $0.write($1)
        }
    }
}

extension Call {
    fileprivate func retry(_ desk: Desk) throws(Problem) -> (SessionRetryRecord, SessionRetryTally) {
        let (session, id) = (try desk.session(self), try part("retry_id"))
        return try asking { () throws(ServiceFailure) in
            try desk.sessionRetries(for: caller).retry(id, of: session.sessionID)
        }
    }
}

extension JSONWriter {
    /// The members of a plan; one that is carried out has ids.
    fileprivate mutating func write(_ plan: SessionRetries.Plan, retryID: String?) {
        put("retry_id", retryID)
        member("session_id", string: plan.sessionID)
        member("tasks", int: plan.taskCount)
        key("runs")
        beginArray()
        for run in plan.runs {
            beginObject()
            member("run_id", string: run.runID)
            put("request_id", retryID.map { SessionRetries.requestID($0, run.runID) })
            key("task_ids")
            strings(run.taskIDs)
            endObject()
        }
        endArray()
    }

    mutating func write(_ retry: SessionRetryRecord, _ tally: SessionRetryTally?) {
        beginObject()
        member("retry_id", string: retry.retryID)
        member("session_id", string: retry.sessionID)
        put("actor", retry.actor)
        put("reason", retry.reason)
        member("runs", int: retry.runs)
        member("tasks", int: retry.tasks)
        member("created_at", string: retry.createdAt)
        put("cancelled_at", retry.cancelledAt)
        if let tally {
            let status = retry.cancelledAt == nil ? tally.status : .cancelled
            member("status", string: status.rawValue)
            for state in SessionRetryItem.State.allCases {
                key(bytes: Array(state.rawValue.utf8))
                int(tally[state])
            }
        }
        endObject()
    }

    mutating func write(_ item: SessionRetryItem) {
        beginObject()
        member("run_id", string: item.runID)
        member("request_id", string: item.requestID)
        key("task_ids")
        strings(item.taskIDs)
        member("status", string: item.state.rawValue)
        put("detail", item.detail)
        endObject()
    }
}
