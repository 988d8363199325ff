import HTTP
import JSON
import Workflow

extension RouteTable {
    private static let states = DeliveryState.allCases.map(\.rawValue)

    static let deliveries = [
        APIRoute(
            "GET", "/v1/deliveries", .runsRead, "Deliveries of results from the newest to the oldest.",
            parameters: [
                .limit, .cursor, APIParameter("run_id", .id, "of this run"),
                APIParameter("state", .choice(states), "in this state"),
                APIParameter("channel", .id, "whose last try was over this channel"),
                APIParameter("tenant", .id, "of this tenant"),
                APIParameter("since", .time, "written at this time or later"),
                APIParameter("until", .time, "written before this time"),
            ],
            .desk { (call, desk) throws(Problem) in try deliveries(call, desk) }),
        APIRoute(
            "POST", "/v1/deliveries/replay", .runsWrite,
            "Lets ended deliveries of a selection go again, 200 at a time, the oldest first.", body: .required,
            .desk { (call, desk) throws(Problem) in try replay(call, desk) }),
        APIRoute(
            "GET", "/v1/deliveries/{delivery}", .runsRead, "One delivery with every try.",
            .desk { (call, desk) throws(Problem) in
                let found = try desk.delivery(call)
                let tries = try reading { () throws(AccessFailure) in
                    try desk.deliveries.tries(of: found.id, limit: 1_000)
                }
                return .value { $0.write(found, tries: tries) }
            }),
        APIRoute(
            "POST", "/v1/deliveries/{delivery}/replay", .runsWrite,
            "Lets a delivery that has ended go again, with the same ids.", body: .optional,
            .desk { (call, desk) throws(Problem) in try replayOne(call, desk) }),
    ]

    private static func deliveries(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var wanted = DeliverySelection()
        wanted.runID = call.text("run_id")
        wanted.state = call.text("state")
        wanted.channel = call.text("channel")
        wanted.since = call.time("since")
        wanted.until = call.time("until")
        wanted.tenantID = try call.tenant()
        let before = try call.text("cursor").map { (text) throws(Problem) in Int(try PageCursor.pair(text).number) }
        let (selection, limit) = (wanted, call.limit)
        let found = try reading { () throws(AccessFailure) in
            try desk.deliveries.deliveries(selection, before: before, limit: limit + 1)
        }
        return .page(found, limit: limit, next: found.next(limit) { PageCursor.text(Int64($0.id), "delivery") }) {
            $0.write($1, tries: nil)
        }
    }

    private static func replay(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var fields = BodyFields(try call.members())
        var wanted = DeliverySelection()
        if let texts = fields.strings("ids") {
            let ids = texts.compactMap { Int($0) }
            if ids.count != texts.count || ids.isEmpty || ids.count > 200 {
                fields.find("/ids", "must be 1 to 200 ids of deliveries")
            }
            wanted.ids = ids
        }
        wanted.runID = fields.id("run_id")
        wanted.state = fields.id("state")
        if let state = wanted.state, !states.contains(state) { fields.find("/state", "is no state of a delivery") }
        wanted.channel = fields.id("channel")
        wanted.since = fields.time("since")
        wanted.until = fields.time("until")
        wanted.after = fields.integer("after", 0...Int(Int64.max))
        let limit = fields.integer("limit", 1...200) ?? 200
        let requestID = fields.id("request_id")
        _ = (fields.string("reason"), fields.string("actor", most: 255))
        if !wanted.isNarrow { fields.find("", "names nothing to choose by: ids, run_id, state, channel, since, until") }
        try fields.check()
        wanted.tenantID = call.caller.tenantID
        let wish = call.wish(fields, id: requestID)
        let ids = try replay(wanted, limit, wish, desk)
        return replayed(ids, wish, next: ids.count == limit && wanted.ids == nil ? ids.last : nil)
    }

    private static func replayOne(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var fields = BodyFields(try call.members())
        let wish = try call.wish(reading: &fields)
        let found = try desk.delivery(call)
        var wanted = DeliverySelection()
        (wanted.ids, wanted.tenantID) = ([found.id], call.caller.tenantID)
        let ids = try replay(wanted, 1, wish, desk)
        // A repeat is answered like the first, whatever the delivery is by now.
        guard ids.isEmpty else { return replayed(ids, wish) }
        guard found.state != DeliveryState.waiting.rawValue, found.kind == OwedRow.Kind.end.rawValue else {
            throw Problem(409, "conflict", "the delivery has not ended: it is \(found.state)")
        }
        throw Problem(409, "conflict", "its body is kept no more, or the request id stands for something else")
    }

    private static func replay(
        _ wanted: DeliverySelection, _ limit: Int, _ wish: Wish, _ desk: Desk
    ) throws(Problem) -> [Int] {
        let ids = try reading { () throws(AccessFailure) in
            try desk.deliveries.replay(wanted, limit: limit, wish)
        }
        if let asked = wanted.ids, !Set(ids).isSubset(of: asked) {
            throw Problem(409, "conflict", "the request id stands for a replay of other deliveries")
        }
        return ids
    }

    /// - `next`: behind which the rest of the selection begins.
    private static func replayed(_ ids: [Int], _ wish: Wish, next: Int? = nil) -> HTTPServer.Response {
        .value(202) { writer in
            writer.beginObject()
            writer.member("request_id", string: wish.requestID)
            writer.key("deliveries")
            writer.beginArray()
            for id in ids { writer.int(id) }
            writer.endArray()
            writer.memberIfPresent("next_after", int: next)
            writer.endObject()
        }
    }
}

extension Call {
    /// The tenant asked for, as far as the caller may.
    func tenant() throws(Problem) -> String? {
        let asked = text("tenant")
        guard let own = caller.tenantID else { return asked }
        guard asked == nil || asked == own else { throw .otherTenant }
        return own
    }
}

/// Asks a store and tells its failure as a problem.
func reading<Result>(_ body: () throws(AccessFailure) -> Result) throws(Problem) -> Result {
    do throws(AccessFailure) { return try body() } catch { throw Problem(error) }
}

extension Desk {
    func delivery(_ call: Call) throws(Problem) -> DeliveryEntry {
        let name = try call.part("delivery")
        let tenantID = call.caller.tenantID
        if let id = Int(name), id > 0,
            let found = try reading({ () throws(AccessFailure) in try deliveries.delivery(id, tenantID: tenantID) })
        {
            return found
        }
        throw Problem(404, "not_found", "no delivery \(name) is known")
    }
}

extension JSONWriter {
    mutating func write(_ delivery: DeliveryEntry, tries: [TryEntry]?) {
        beginObject()
        member("id", int: delivery.id)
        member("run_id", string: delivery.runID)
        member("ending", int: delivery.ending)
        member("kind", string: delivery.kind)
        member("flow_id", string: delivery.flowID)
        member("tenant_id", string: delivery.tenantID)
        member("user_id", string: delivery.userID)
        member("session_id", string: delivery.sessionID)
        member("state", string: delivery.state)
        put("channel", delivery.channel)
        member("tries", int: delivery.tries)
        put("due_at", delivery.dueAt)
        put("error", delivery.error)
        member("created_at", string: delivery.createdAt)
        put("ended_at", delivery.endedAt)
        if [.orphaned, .redeemed].contains(DeliveryState(rawValue: delivery.state)) {
            member("result", string: DeliveryID.result(Identifier(delivery.runID), ending: Int32(delivery.ending)))
        }
        if let tries {
            key("attempts")
            beginArray()
            for attempt in tries { write(attempt) }
            endArray()
        }
        endObject()
    }

    private mutating func write(_ attempt: TryEntry) {
        beginObject()
        member("at", string: attempt.at)
        member("notice", string: attempt.notice)
        member("channel", string: attempt.channel)
        member("outcome", string: attempt.outcome)
        memberIfPresent("code", int: attempt.code)
        if let latency = attempt.latencyMilliseconds { member("latency_ms", raw: Array("\(latency)".utf8)[...]) }
        put("error", attempt.error)
        member("courier", string: attempt.courier)
        endObject()
    }
}
