import HTTP
import JSON
import Workflow

/// What looks after the fleet itself: no tenant's affair, so all of it needs `admin` and a key of every tenant.
extension RouteTable {
    static let operations = [
        APIRoute(
            "GET", "/v1/workers", .admin, "Processes of the fleet that showed themselves within half a minute.",
            .desk { (call, desk) throws(Problem) in
                try call.needsEveryTenant()
                guard let workers = desk.workers else {
                    throw Problem(503, "unavailable", "no Redis is known to look for processes in", retryAfter: 5)
                }
                return .items(try asking { () throws(ServiceFailure) in try workers.list() }) { $0.write($1) }
            }),
        APIRoute(
            "GET", "/v1/breakers", .admin, "Circuit breakers that are not closed.",
            .desk { (call, desk) throws(Problem) in
                try call.needsEveryTenant()
                return .items(try asking { () throws(ServiceFailure) in try desk.breakers.open() }) { $0.write($1) }
            }),
        APIRoute(
            "POST", "/v1/breakers/{handler}/close", .admin,
            "Closes the circuit breaker of a handler, and lets its retries go at once.", body: .optional,
            .desk { (call, desk) throws(Problem) in try close(call, desk) }),
        APIRoute(
            "GET", "/v1/audit", .admin, "Who asked for what, why, and what came of it, from the newest to the oldest.",
            parameters: [
                .limit, .cursor, APIParameter("run", .id, "what was asked of this run"),
                APIParameter("request_id", .id, "what was asked under this id"),
                APIParameter("actor", .id, "what this person asked for"),
                APIParameter("action", .id, "such as flow_run_cancel_requested"),
            ],
            .desk { (call, desk) throws(Problem) in try audit(call, desk) }),
        APIRoute(
            "GET", "/v1/topics/lag", .admin, "How far the consumers of each partition are behind.",
            parameters: [APIParameter("topic", .id, "only this topic")],
            .desk { (call, desk) throws(Problem) in
                try call.needsEveryTenant()
                let lags: [PartitionLag]
                do throws(AccessFailure) { lags = try desk.lag.lags() } catch { throw Problem(error) }
                let topic = call.text("topic")
                return .items(lags.filter { topic == nil || $0.topic == topic }) { $0.write($1) }
            }),
    ]

    private static func close(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        try call.needsEveryTenant()
        var fields = BodyFields(try call.members())
        let tenant = fields.id("tenant_id")
        let (wish, handler) = (try call.wish(reading: &fields), try call.part("handler"))
        let closed = try asking { () throws(ServiceFailure) in
            try desk.breakers.close(handler: handler, tenantID: tenant, wish)
        }
        return .items(closed) { $0.write($1) }
    }

    private static func audit(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        try call.needsEveryTenant()
        var filter = AuditFilter(limit: call.limit + 1)
        (filter.runID, filter.requestID) = (call.text("run"), call.text("request_id"))
        (filter.actor, filter.action) = (call.text("actor"), call.text("action"))
        filter.before = try call.text("cursor").map { (text) throws(Problem) in Int(try PageCursor.pair(text).number) }
        let found = try asking { () throws(ServiceFailure) in try desk.auditLog.list(filter) }
        return .page(found, limit: call.limit, next: found.next(call.limit) { PageCursor.text(Int64($0.id), "line") }) {
            $0.write($1)
        }
    }
}

extension HTTPServer.Response {
    /// A list that is always whole.
    fileprivate static func items<Item>(
        _ items: [Item], _ write: (inout JSONWriter, Item) -> Void
    ) -> HTTPServer.Response {
        .page(items, limit: items.count, next: nil, write)
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ worker: WorkerEntry) {
        beginObject()
        member("worker_id", string: worker.workerID)
        put("program", worker.program)
        put("host", worker.host)
        memberIfPresent("pid", int: worker.processID)
        put("version", worker.version)
        memberIfPresent("slots", int: worker.slots)
        memberIfPresent("slots_in_use", int: worker.slotsInUse)
        memberIfPresent("abandoned", int: worker.abandoned)
        memberIfPresent("partitions", int: worker.partitions)
        member("stopping", bool: worker.isStopping)
        put("since", worker.since)
        put("seen_at", worker.seenAt)
        key("pools")
        strings(worker.pools)
        key("handlers")
        strings(worker.handlers)
        endObject()
    }

    fileprivate mutating func write(_ breaker: BreakerEntry) {
        beginObject()
        member("handler", string: breaker.handler)
        member("tenant_id", string: breaker.tenantID)
        member("state", string: breaker.state)
        member("parked", int: breaker.parked)
        member("opened_at", string: breaker.openedAt)
        member("reason", string: breaker.reason)
        endObject()
    }

    fileprivate mutating func write(_ record: AuditRecord) {
        beginObject()
        member("id", int: record.id)
        member("at", string: record.at)
        member("action", string: record.action)
        put("run_id", record.runID)
        put("actor", record.actor)
        member("outcome", string: record.outcome)
        put("reason", record.reason)
        put("code", record.code)
        put("detail", record.detail)
        member("request_id", string: record.requestID)
        endObject()
    }

    fileprivate mutating func write(_ lag: PartitionLag) {
        beginObject()
        member("topic", string: lag.topic)
        member("partition", int: lag.partition)
        member("group", string: lag.group)
        memberIfPresent("committed", int: lag.committed.map { Int($0) })
        member("end", int: Int(lag.end))
        member("lag", int: Int(lag.lag))
        endObject()
    }
}
