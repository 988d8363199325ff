import API
import Platform
import Workflow

extension Command {
    static let campaignCreate = Command(
        "campaign create", "redrive many dead letters: a few first, then the rest at a pace",
        discussion: """
            Shows what the selection finds: how many letters, the oldest, and which cannot be redriven and why. With
            --yes it makes the campaign; a drainer runs it. It begins with the canary and waits for all of its results;
            then it goes on at --rate, with at most --concurrency items under way, and stops itself when more than
            --stop-ratio of the results are failures. Letters of tasks that kill their executor are left out, unless
            --poison or --letter-reason poison asks for them.
            """,
        flags: SelectionFlags.all + [
            Flag("limit", "N", "the oldest N letters only"),
            Flag("poison", nil, "letters with the reason poison as well"),
            Flag("all", nil, "all open letters, when no other flag chooses"),
            Flag("canary", "N", "so many must have a result first; 0 for none (default 10)"),
            Flag("rate", "N", "items a second (default 20)"),
            Flag("concurrency", "N", "items under way at once (default 50)"),
            Flag("stop-ratio", "SHARE", "stops itself above this share of failures, 0 to 1 (default 0.5)"),
            Flag("stop-after", "N", "results before the share is judged (default 10)"),
            Flag("id", "ID", "the campaign's id (default a new UUID)"),
            Flag("yes", nil, "make it"),
        ] + WishFlags.all,
        examples: [
            "flowfleet campaign create --fingerprint 35a1d9841e3b4518",
            "flowfleet campaign create --flow report --since 2h --rate 100 --yes --reason \"database is back\"",
        ]
    ) { call throws(CommandFailure) in
        var selection = try SelectionFlags.selection(call.values)
        selection.limit = try call.values.number("limit", atLeast: 1)
        selection.includesPoison = call.values.isSet("poison")
        guard !selection.isEverything || call.values.isSet("all") else {
            throw .usage("campaign create needs a choice of letters", advice: "such as --fingerprint ID, or --all")
        }
        let plan = try plan(call.values)
        let campaigns = try Connections(call).campaigns()
        guard call.values.isSet("yes") else { return try dryRun(selection, campaigns, call) }
        let id = call.values.text("id") ?? randomID()
        let made = try asking { () throws(ServiceFailure) in
            try campaigns.create(id, selection, plan, WishFlags.wish(call))
        }
        call.printer.one(OutputRecord(made, inList: false))
        call.console.note("flowfleet campaign get \(id) --watch shows how it goes")
        return .ok
    }

    private static func dryRun(
        _ selection: LetterSelection, _ campaigns: Campaigns, _ call: Invocation
    ) throws(CommandFailure) -> ExitCode {
        let preview = try asking { () throws(ServiceFailure) in try campaigns.preview(selection) }
        call.printer.list(preview.shares.map { OutputRecord($0) }, empty: "no open letters are found")
        guard preview.redrivable != nil else { return .ok }
        call.console.note("nothing has been changed; the same command with --yes makes the campaign")
        return .ok
    }

    private static func plan(_ values: Values) throws(CommandFailure) -> CampaignPlan {
        var plan = CampaignPlan()
        plan.canary = try values.number("canary") ?? plan.canary
        plan.concurrency = try values.number("concurrency", atLeast: 1) ?? plan.concurrency
        plan.stopAfter = try values.number("stop-after", atLeast: 1) ?? plan.stopAfter
        plan.rate = try decimal("rate", values) ?? plan.rate
        plan.stopRatio = try decimal("stop-ratio", values) ?? plan.stopRatio
        return plan
    }

    private static func decimal(_ flag: String, _ values: Values) throws(CommandFailure) -> Double? {
        guard let text = values.text(flag) else { return nil }
        guard let number = Double(text), number.isFinite, number >= 0 else {
            throw .usage("--\(flag) is a number, not \(text)")
        }
        return number
    }
}
