import HTTP
import JSON
import Workflow

extension RouteTable {
    static let deadLetters = [
        APIRoute(
            "GET", "/v1/dead-letters", .runsRead, "Dead letters from the newest to the oldest.",
            parameters: [
                .limit, .cursor,
                APIParameter("state", .choice(["open", "redriven", "discarded", "all"]), "(default open)"),
                APIParameter("fingerprint", .id, "of this error"), APIParameter("flow", .id, "of this flow"),
                APIParameter("handler", .id, "of this handler"), APIParameter("tenant", .id, "of this tenant"),
                APIParameter("session", .id, "of this session"), APIParameter("run", .id, "of this run"),
                APIParameter("reason", .id, "given up for this reason"),
                APIParameter("since", .time, "failed at this time or later"),
                APIParameter("until", .time, "failed before this time"),
            ],
            .desk { (call, desk) throws(Problem) in try letters(call, desk) }),
        APIRoute(
            "GET", "/v1/dead-letters/fingerprints", .runsRead,
            "Errors, each counted as one thing; those seen last first.",
            parameters: [
                .limit, .cursor, APIParameter("open", .flag, "only those with open letters"),
                APIParameter("owner", .id, "only this owner's"), APIParameter("handler", .id, "only of this handler"),
                APIParameter("muted", .flag, "with those that are muted"),
            ],
            .desk { (call, desk) throws(Problem) in try fingerprints(call, desk) }),
        APIRoute(
            "GET", "/v1/dead-letters/fingerprints/{fingerprint}", .runsRead, "One error.",
            .desk { (call, desk) throws(Problem) in
                try call.needsEveryTenant()
                let id = try call.part("fingerprint")
                let found = try asking { () throws(ServiceFailure) in try desk.letters.fingerprint(id) }
                return HTTPServer.Response.value { $0.write(found) }.tagged(for: call.request)
            }),
        APIRoute(
            "PATCH", "/v1/dead-letters/fingerprints/{fingerprint}", .deadLettersWrite,
            "Changes note, owner or mute of an error; an empty text takes it away.", body: .required,
            .desk { (call, desk) throws(Problem) in try annotate(call, desk) }),
        APIRoute(
            "GET", "/v1/dead-letters/{letter}", .runsRead, "One dead letter, by its id or message id.",
            .desk { (call, desk) throws(Problem) in
                let letter = try desk.letter(call)
                return HTTPServer.Response.value { $0.write(letter, for: call.caller) }.tagged(for: call.request)
            }),
        APIRoute(
            "POST", "/v1/dead-letters/{letter}/redrive", .deadLettersWrite,
            "Gives the task of a dead letter fresh attempts in its run.", body: .optional,
            .gate { (call, gate, reply) throws(Problem) in try redrive(call, gate, reply) }),
        APIRoute(
            "POST", "/v1/dead-letters/{letter}/discard", .deadLettersWrite,
            "Closes a dead letter that nobody will redrive; needs a reason.", body: .required,
            .desk { (call, desk) throws(Problem) in try discard(call, desk) }),
    ]

    private static func letters(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var selection = LetterSelection()
        selection.fingerprint = call.text("fingerprint")
        selection.flowID = call.text("flow")
        selection.handler = call.text("handler")
        selection.sessionID = call.text("session")
        selection.runID = call.text("run")
        selection.reason = call.text("reason")
        selection.since = call.time("since")
        selection.until = call.time("until")
        selection.tenantID = call.text("tenant")
        if let own = call.caller.tenantID {
            guard selection.tenantID == nil || selection.tenantID == own else { throw .otherTenant }
            selection.tenantID = own
        }
        let state = call.text("state") ?? "open"
        let before = try call.text("cursor").map { (text) throws(Problem) in Int(try PageCursor.pair(text).number) }
        let letters = try asking { () throws(ServiceFailure) in
            try desk.letters.list(
                selection, state: state == "all" ? nil : state, before: before, limit: call.limit + 1)
        }
        return .page(
            letters, limit: call.limit, next: letters.next(call.limit) { PageCursor.text(Int64($0.id), "letter") }
        ) {
            $0.write($1, for: call.caller)
        }
    }

    private static func redrive(_ call: Call, _ gate: Gate, _ reply: Reply) throws(Problem) {
        var fields = BodyFields(try call.members())
        let wish = try call.wish(reading: &fields)
        gate.onDesk(reply) { desk in
            reply.attempt { () throws(Problem) in
                let letter = try desk.letter(call)
                let request = try asking { () throws(ServiceFailure) in try desk.letters.redrive(letter, wish) }
                gate.decide(
                    request.message, OutcomeName(requestID: request.requestID, runID: request.runID),
                    of: RunCommand.Action.retry.rawValue, reply)
            }
        }
    }

    private static func discard(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var fields = BodyFields(try call.members())
        if fields.string("reason") == nil { fields.find("/reason", "is missing") }
        _ = fields.string("actor", most: 255)
        try fields.check()
        let wish = call.wish(fields)
        let letter = try desk.letter(call)
        let closed = try asking { () throws(ServiceFailure) in
            try desk.letters.discard(letter, wish)
            return try desk.letters.letter(letter.messageID)
        }
        return .value { $0.write(closed, for: call.caller) }
    }

    private static func fingerprints(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        try call.needsEveryTenant()
        var filter = FingerprintFilter()
        filter.isOpen = call.flag("open")
        filter.owner = call.text("owner")
        filter.handler = call.text("handler")
        filter.includesMuted = call.flag("muted")
        filter.limit = call.limit + 1
        filter.before = try call.text("cursor").map { (text) throws(Problem) in
            let place = try PageCursor.pair(text)
            return (seen: place.number, id: place.id)
        }
        let found = try asking { () throws(ServiceFailure) in try desk.letters.fingerprints(filter) }
        return .page(
            found, limit: call.limit, next: found.next(call.limit) { PageCursor.text($0.lastSeenTime, $0.fingerprint) }
        ) {
            $0.write($1)
        }
    }

    private static func annotate(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        try call.needsEveryTenant()
        let id = try call.part("fingerprint")
        var fields = BodyFields(try call.members())
        let annotation = FingerprintAnnotation(
            note: fields.string("note"), owner: fields.string("owner", most: 255), isMuted: fields.bool("muted"))
        _ = fields.string("reason")
        try fields.check()
        let wish = call.wish(fields)
        let changed = try asking { () throws(ServiceFailure) in try desk.letters.annotate(id, annotation, wish) }
        return .value { $0.write(changed) }
    }
}

extension Call {
    /// Fingerprints and what they tell belong to no tenant.
    func needsEveryTenant() throws(Problem) {
        guard caller.tenantID == nil else {
            throw Problem(403, "every_tenant_needed", "this needs a key that is bound to no tenant")
        }
    }
}

extension Desk {
    func letter(_ call: Call) throws(Problem) -> LetterEntry {
        let name = try call.part("letter")
        let unknown = Problem(404, "not_found", "no dead letter \(name) is kept")
        let found: LetterEntry
        do throws(ServiceFailure) { found = try letters.letter(name) } catch {
            throw error.code == .notFound ? unknown : Problem(error)
        }
        guard call.caller.sees(tenant: found.tenantID) else { throw unknown }
        return found
    }
}
