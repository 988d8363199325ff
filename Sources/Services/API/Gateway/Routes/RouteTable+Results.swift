import HTTP
import JSON
import Workflow

extension RouteTable {
    static let results = [
        APIRoute(
            "GET", "/v1/results", .runsRead, "Results that wait for pick-up, from the newest to the oldest.",
            parameters: [
                .limit, .cursor, APIParameter("run_id", .id, "of this run"),
                APIParameter("url", .text, "whose input held this address first"),
                APIParameter("user_id", .id, "of runs of this user"), APIParameter("tenant", .id, "of this tenant"),
                APIParameter("since", .time, "kept at this time or later"),
                APIParameter("until", .time, "kept before this time"),
                APIParameter("open", .flag, "only those that nobody picked up"),
            ],
            .desk { (call, desk) throws(Problem) in try results(call, desk) }),
        APIRoute(
            "GET", "/v1/results/{result}", .runsRead, "One result, without picking it up.",
            .desk { (call, desk) throws(Problem) in
                let id = try call.part("result")
                let tenantID = call.caller.tenantID
                guard
                    let found = try reading({ () throws(AccessFailure) in
                        try desk.results.result(id, tenantID: tenantID)
                    })
                else { throw unknown(id) }
                return HTTPServer.Response.value { $0.write(found, for: call.caller) }.tagged(for: call.request)
            }),
        APIRoute(
            "POST", "/v1/results/{result}/redeem", .runsWrite,
            "Picks a result up; the code is needed where the key may not see payloads.", body: .optional,
            .desk { (call, desk) throws(Problem) in try redeem(call, desk) }),
        APIRoute(
            "GET", "/v1/results/{result}/pick-up", nil,
            "Picks a result up by its code alone: links in messages lead here.",
            parameters: [APIParameter("code", .text, "as it stands in the message")],
            .desk { (call, desk) throws(Problem) in try pickUp(call, desk) }),
    ]

    private static func unknown(_ id: String) -> Problem {
        Problem(404, "not_found", "no result \(id) is kept")
    }

    private static func results(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var wanted = ResultSelection()
        wanted.runID = call.text("run_id")
        wanted.url = call.text("url")
        wanted.userID = call.text("user_id")
        wanted.since = call.time("since")
        wanted.until = call.time("until")
        wanted.isOpenOnly = call.flag("open")
        wanted.tenantID = try call.tenant()
        let place = try call.text("cursor").map { (text) throws(Problem) in
            let pair = try PageCursor.pair(text)
            return ResultPlace(createdAt: pair.number, id: pair.id)
        }
        let (selection, limit) = (wanted, call.limit)
        let found = try reading { () throws(AccessFailure) in
            try desk.results.results(selection, limit: limit + 1, after: place)
        }
        return .page(found, limit: limit, next: found.next(limit) { PageCursor.text($0.createdAt, $0.id) }) {
            $0.write($1, for: call.caller)
        }
    }

    private static func redeem(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let id = try call.part("result")
        var fields = BodyFields(try call.members())
        let code = fields.string("code", most: 64)
        _ = fields.string("actor", most: 255)
        try fields.check()
        guard code != nil || call.caller.seesPayloads else {
            throw Problem(403, "code_missing", "a code is needed where the key has not the scope payloads:read")
        }
        let actor = call.actor(fields.text("actor"))
        let tenantID = call.caller.tenantID
        let outcome = try reading { () throws(AccessFailure) in
            try desk.results.redeem(id, code: code, by: actor, tenantID: tenantID)
        }
        switch outcome {
        case .redeemed(let result):
            // Whoever knows the code may see what it is for.
            var reader = call.caller
            reader.scopes.insert(.payloadsRead)
            return .value { $0.write(result, for: reader) }
        case .unknown: throw unknown(id)
        case .wrongCode: throw Problem(403, "wrong_code", "the code is not one of this result")
        }
    }
}

extension RouteTable {
    /// Whoever knows the code may see what it is for. What is unknown and what is wrong is answered alike.
    private static func pickUp(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let id = try call.part("result")
        let refusal = Problem(403, "wrong_code", "no result is kept under this id and code")
        guard let code = call.text("code") else { throw refusal }
        let outcome = try reading { () throws(AccessFailure) in
            try desk.results.redeem(id, code: code, by: "code", tenantID: nil)
        }
        guard case .redeemed(let result) = outcome else { throw refusal }
        var response = HTTPServer.Response.value {
            $0.write(result, for: Caller(name: nil, tenantID: nil, scopes: [.payloadsRead]))
        }
        for (name, value) in [
            ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"),
        ] where response.headers[name] == nil { response.headers.add(name, value) }
        return response
    }
}

extension JSONWriter {
    /// With `results` where they were read.
    mutating func write(_ result: KeptResult, for caller: Caller) {
        beginObject()
        member("id", string: result.id)
        member("run_id", string: result.runID)
        member("ending", int: result.ending)
        member("flow_id", string: result.flowID)
        member("tenant_id", string: result.tenantID)
        member("user_id", string: result.userID)
        member("session_id", string: result.sessionID)
        member("status", string: result.status)
        // What stands behind the `?` may be a key to what is there.
        put("url", caller.seesPayloads ? result.url : result.url.flatMap { WebAddress($0)?.bare })
        put("depth", result.depth)
        memberIfPresent("labels", raw: result.labels)
        member("reason", string: result.reason)
        member("created_at", string: Timestamp.text(result.createdAt))
        member("expires_at", string: Timestamp.text(result.expiresAt))
        if let at = result.redeemedAt { member("redeemed_at", string: Timestamp.text(at)) }
        put("redeemed_by", result.redeemedBy)
        key("retrieval_info")
        beginObject()
        member("command", string: "flowfleet delivery redeem \(result.id)")
        member("path", string: "/v1/results/\(result.id)/redeem")
        endObject()
        if !result.results.isEmpty { payload("results", result.results, for: caller) }
        endObject()
    }
}
