import Platform
import Workflow

extension Command {
    static let campaignList = Command(
        "campaign list", "list campaigns from the newest to the oldest",
        flags: [Flag("live", nil, "only those that are not over"), .limit, .cursor], columns: [.campaigns],
        examples: ["flowfleet campaign list --live"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.campaigns)
        let path = APIPath("campaigns").with("live", flag: call.values.isSet("live"))
        return try call.list(APIClient(call), path, printer, empty: "no campaigns")
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
            .limit, .cursor, .timeout,
        ], columns: [.campaigns, .campaignItems],
        examples: ["flowfleet campaign get $ID --watch", "flowfleet campaign get $ID --items --status failed"]
    ) { call throws(CommandFailure) in
        let (values, id) = (call.values, call.operand(0))
        let printer = try call.printer(values.isSet("items") ? .campaignItems : .campaigns)
        let api = try APIClient(call)
        if values.isSet("items") {
            let path = APIPath("campaigns", id, "items").with("status", values.text("status"))
            return try call.list(api, path, printer, empty: "no items")
        }
        if values.isSet("watch") { return try CampaignView(call, api).watch(id) }
        printer.one(OutputRecord(try api.get(APIPath("campaigns", id)).object))
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
            columns: [.campaigns], examples: ["flowfleet campaign \(command.rawValue) $ID"]
        ) { call throws(CommandFailure) in
            let printer = try call.printer(.campaigns)
            let path = APIPath("campaigns", call.operand(0), command.rawValue)
            printer.one(OutputRecord(try APIClient(call).send(path, WishFlags.body(call).bytes).object))
            return .ok
        }
    }
}
