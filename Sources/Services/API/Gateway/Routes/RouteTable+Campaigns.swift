import HTTP
import JSON
import Workflow

extension RouteTable {
    static let campaigns = [
        APIRoute(
            "POST", "/v1/campaigns/preview", .runsRead, "What a campaign would find now; changes nothing.",
            body: .required,
            .desk { (call, desk) throws(Problem) in
                var fields = BodyFields(try call.members())
                let (selection, _) = try CampaignBody.selection(&fields, call)
                CampaignBody.others(&fields)
                try fields.check()
                let preview = try asking { () throws(ServiceFailure) in try desk.campaigns.preview(selection) }
                return .value { $0.write(preview) }
            }),
        APIRoute(
            "POST", "/v1/campaigns", .deadLettersWrite,
            "Redrives many dead letters: a few first, then the rest at a pace.", body: .required,
            .desk { (call, desk) throws(Problem) in try create(call, desk) }),
        APIRoute(
            "GET", "/v1/campaigns", .runsRead, "Campaigns from the newest to the oldest.",
            parameters: [.limit, .cursor, APIParameter("live", .flag, "only those that are not over")],
            .desk { (call, desk) throws(Problem) in try list(call, desk) }),
        APIRoute(
            "GET", "/v1/campaigns/{campaign_id}", .runsRead, "One campaign and how far it is.",
            .desk { (call, desk) throws(Problem) in
                let campaign = try desk.campaign(call)
                return HTTPServer.Response.value { $0.write(campaign) }.tagged(for: call.request)
            }),
        APIRoute(
            "GET", "/v1/campaigns/{campaign_id}/items", .runsRead, "The letters of a campaign and what came of each.",
            parameters: [
                .limit, .cursor,
                APIParameter(
                    "status", .choice(["waiting", "sent", "succeeded", "failed", "refused", "dropped"]),
                    "only items with this status"),
            ],
            .desk { (call, desk) throws(Problem) in try items(call, desk) }),
        command(.pause, "Halts a campaign; what is under way goes on."),
        command(.resume, "Lets a campaign go on that was paused, or has stopped itself."),
        command(.cancel, "Ends a campaign; what waited is dropped."),
    ]

    private static func command(_ command: CampaignCommand, _ summary: String) -> APIRoute {
        APIRoute(
            "POST", "/v1/campaigns/{campaign_id}/\(command.rawValue)", .deadLettersWrite, summary, body: .optional,
            .desk { (call, desk) throws(Problem) in
                var fields = BodyFields(try call.members())
                let (wish, campaign) = (try call.wish(reading: &fields), try desk.campaign(call))
                let changed = try asking { () throws(ServiceFailure) in
                    try desk.campaigns.apply(command, to: campaign.campaignID, wish)
                }
                return .value { $0.write(changed) }
            })
    }

    private static func create(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        var fields = BodyFields(try call.members())
        let (selection, isEverything) = try CampaignBody.selection(&fields, call)
        let id = fields.id("campaign_id") ?? call.seed
        let plan = CampaignBody.plan(&fields)
        if isEverything, fields.bool("all") != true {
            fields.find("/selection", "chooses nothing; `\"all\": true` means every open letter")
        }
        _ = fields.string("reason")
        _ = fields.string("actor", most: 255)
        try fields.check()
        let wish = call.wish(fields)
        let made = try asking { () throws(ServiceFailure) in
            try desk.campaigns.create(id, selection, plan, wish)
        }
        var response = HTTPServer.Response.value(201) { $0.write(made) }
        response.headers.add("Location", "/v1/campaigns/" + PathText.encode(id))
        return response
    }

    private static func list(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let before = try call.cursorID()
        let found = try asking { () throws(ServiceFailure) in
            try desk.campaigns.campaigns(isLive: call.flag("live"), before: before, limit: call.limit + 1)
        }
        return .page(found, limit: call.limit, next: found.next(call.limit) { PageCursor.text($0.campaignID) }) {
            writer, campaign in
            // A page may be shorter than asked for: what others' keys made is left out.
            if campaign.isVisible(to: call.caller) { writer.write(campaign) }
        }
    }

    private static func items(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let campaign = try desk.campaign(call)
        let after = try call.text("cursor").map { (text) throws(Problem) in Int(try PageCursor.pair(text).number) }
        let items = try asking { () throws(ServiceFailure) in
            try desk.campaigns.items(
                of: campaign.campaignID, status: call.text("status"), after: after, limit: call.limit + 1)
        }
        return .page(
            items, limit: call.limit, next: items.next(call.limit) { PageCursor.text(Int64($0.item.item), "item") }
        ) {
            $0.write($1)
        }
    }
}

/// The body of a campaign: which letters, and how fast.
enum CampaignBody {
    /// - Returns: also whether the body itself chooses nothing; a key's tenant stands in the selection all the same.
    static func selection(
        _ fields: inout BodyFields, _ call: Call
    ) throws(Problem) -> (LetterSelection, isEverything: Bool) {
        var selection = LetterSelection()
        if let value = fields.payload("selection", .object).map({ JSONValue(trusted: $0) }) {
            var inner = BodyFields(try Call.members(value.bytes))
            selection.fingerprint = inner.id("fingerprint")
            selection.flowID = inner.id("flow_id")
            selection.handler = inner.id("handler")
            selection.tenantID = inner.id("tenant_id")
            selection.sessionID = inner.id("session_id")
            selection.runID = inner.id("run_id")
            selection.reason = inner.id("reason")
            selection.since = inner.time("since")
            selection.until = inner.time("until")
            selection.includesPoison = inner.bool("poison") ?? false
            selection.limit = inner.integer("limit", 1...1_000_000)
            for name in value.memberNames(butOf: choices) {
                inner.find("/\(name)", "is nothing letters are chosen by")
            }
            for finding in inner.findings { fields.find("/selection" + finding.pointer, finding.detail) }
        }
        let isEverything = selection.isEverything
        if let own = call.caller.tenantID {
            guard selection.tenantID == nil || selection.tenantID == own else { throw .otherTenant }
            selection.tenantID = own
        }
        return (selection, isEverything)
    }

    /// What is misspelt here would choose more than was meant.
    static let choices: Set = [
        "fingerprint", "flow_id", "handler", "tenant_id", "session_id", "run_id", "reason", "since", "until", "poison",
        "limit",
    ]

    /// What a preview has no use for; it is the body of the campaign all the same.
    static func others(_ fields: inout BodyFields) {
        _ = (fields.id("campaign_id"), fields.bool("all"), plan(&fields))
        _ = (fields.string("reason"), fields.string("actor", most: 255))
    }

    static func plan(_ fields: inout BodyFields) -> CampaignPlan {
        var plan = CampaignPlan()
        plan.canary = fields.integer("canary", 0...1_000_000) ?? plan.canary
        plan.rate = fields.number("rate", 0.001...10_000) ?? plan.rate
        plan.concurrency = fields.integer("concurrency", 1...10_000) ?? plan.concurrency
        plan.stopRatio = fields.number("stop_ratio", 0...1) ?? plan.stopRatio
        plan.stopAfter = fields.integer("stop_after", 1...1_000_000) ?? plan.stopAfter
        return plan
    }
}

extension CampaignEntry {
    /// By the tenant that it chooses its letters by.
    func isVisible(to caller: Caller) -> Bool {
        guard caller.tenantID != nil else { return true }
        let chosen = JSONValue(trusted: selection).member("tenant_id")?.string()
        return caller.sees(tenant: chosen.map { String(decoding: $0, as: UTF8.self) })
    }
}

extension Desk {
    func campaign(_ call: Call) throws(Problem) -> CampaignEntry {
        let id = try call.part("campaign_id")
        let unknown = Problem(404, "not_found", "no campaign \(id) is known")
        let found: CampaignEntry
        do throws(ServiceFailure) { found = try campaigns.campaign(id) } catch {
            throw error.code == .notFound ? unknown : Problem(error)
        }
        guard found.isVisible(to: call.caller) else { throw unknown }
        return found
    }
}
