import API
import Platform
import Workflow

extension Command {
    static let campaignList = Command(
        "campaign list", "list campaigns from the newest to the oldest",
        flags: [
            Flag("live", nil, "only those that are not over"),
            Flag("before", "ID", "the page behind this campaign"),
            Flag("limit", "N", "at most this many (default 50)"),
        ],
        examples: ["flowfleet campaign list --live"]
    ) { call throws(CommandFailure) in
        let limit = try call.values.number("limit", atLeast: 1) ?? 50
        let campaigns = try Connections(call).campaigns()
        let found = try asking { () throws(ServiceFailure) in
            try campaigns.campaigns(
                isLive: call.values.isSet("live"), before: call.values.text("before"), limit: limit)
        }
        call.printer.list(found.map { OutputRecord($0, inList: true) }, empty: "no campaigns")
        return .ok
    }

    static let campaignGet = Command(
        "campaign get", "show one campaign, its items, or how it goes",
        discussion: """
            With --watch one line for each change until it is over, or halted: exit code 0 when it completed without a
            failure, 10 when something failed again or it stopped itself, 11 when it was cancelled, 12 when it is paused
            or --timeout has passed.
            """,
        operands: [Operand("CAMPAIGN", "its id")],
        flags: [
            Flag("watch", nil, "show how it goes until it is over"),
            Flag("items", nil, "list its items instead"),
            Flag(
                "status", "STATUS", "with --items: those in this status only",
                choices: ["waiting", "sent", "succeeded", "failed", "refused", "dropped"]),
            Flag("after", "N", "with --items: the page behind this item"),
            Flag("limit", "N", "with --items: at most this many (default 50)"),
        ],
        examples: ["flowfleet campaign get $ID --watch", "flowfleet campaign get $ID --items --status failed"]
    ) { call throws(CommandFailure) in
        let campaigns = try Connections(call).campaigns()
        let campaign = try asking { () throws(ServiceFailure) in try campaigns.campaign(call.operand(0)) }
        if call.values.isSet("items") { return try items(campaigns, call) }
        if call.values.isSet("watch") { return try CampaignView(call, campaigns).watch(campaign) }
        call.printer.one(OutputRecord(campaign, inList: false))
        return .ok
    }

    private static func items(_ campaigns: Campaigns, _ call: Invocation) throws(CommandFailure) -> ExitCode {
        let (after, limit) = (try call.values.number("after"), try call.values.number("limit", atLeast: 1) ?? 50)
        let found = try asking { () throws(ServiceFailure) in
            try campaigns.items(
                of: call.operand(0), status: call.values.text("status"), after: after, limit: limit)
        }
        call.printer.list(found.map { OutputRecord($0) }, empty: "no items")
        return .ok
    }
}

/// `campaign pause`, `campaign resume` and `campaign cancel`: the same but for the word.
extension Command {
    static let campaignPause = control(.pause, "halt a campaign; what is under way is still followed")
    static let campaignResume = control(.resume, "let a campaign go on that was paused or has stopped itself")
    static let campaignCancel = control(.cancel, "end a campaign; what waits is dropped")

    private static func control(_ command: CampaignCommand, _ summary: String) -> Command {
        Command(
            "campaign \(command.rawValue)", summary, operands: [Operand("CAMPAIGN", "its id")], flags: WishFlags.all,
            examples: ["flowfleet campaign \(command.rawValue) $ID"]
        ) { call throws(CommandFailure) in
            let campaigns = try Connections(call).campaigns()
            let changed = try asking { () throws(ServiceFailure) in
                try campaigns.apply(command, to: call.operand(0), WishFlags.wish(call))
            }
            call.printer.one(OutputRecord(changed, inList: true))
            return .ok
        }
    }
}
