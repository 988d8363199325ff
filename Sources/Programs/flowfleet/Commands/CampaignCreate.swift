import JSON
import Platform

extension Command {
    static let campaignCreate = Command(
        "campaign create", "redrive many dead letters: a few first, then the rest at a pace",
        discussion: """
            Shows what the selection finds: how many letters, the oldest, and which cannot be redriven and why (alone
            with --dry-run). With a yes at the terminal, or --yes, it makes the campaign; a drainer runs it. It begins
            with the canary and waits for all of its results; then it goes on at --rate, with at most --concurrency
            items under way, and stops itself when more than --stop-ratio of the results are failures. Letters of tasks
            that kill their executor are left out, unless --poison or --letter-reason poison asks for them.
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
            Flag("id", "ID", "the campaign's id (default a new one)"),
        ] + BulkFlags.all + WishFlags.all, columns: [.campaignShares, .campaigns],
        examples: [
            "flowfleet campaign create --fingerprint 35a1d9841e3b4518",
            "flowfleet campaign create --flow report --since 2h --rate 100 --yes --reason \"database is back\"",
        ]
    ) { call throws(CommandFailure) in
        let bulk = try BulkFlags(call)
        try bulk.needConsent("campaign create")
        let printer = try call.printer(bulk.isConfirmed ? .campaigns : .campaignShares)
        let body = try body(call)
        let api = try APIClient(call)
        if !bulk.isConfirmed {
            guard try preview(body, api, printer, call), !bulk.isDry else { return .ok }
            guard bulk.agrees("make the campaign?") else { return .failed }
        }
        let made = try api.send(APIPath("campaigns"), body).object
        Printer(format: printer.format, console: call.console, columns: .campaigns).one(OutputRecord(made))
        call.console.note("flowfleet campaign get \(made.text("campaign_id") ?? "") --watch shows how it goes")
        return .ok
    }

    private static func body(_ call: Invocation) throws(CommandFailure) -> [UInt8] {
        let values = call.values
        let chosen = try SelectionFlags.body(values)
        var selection = chosen ?? RequestBody()
        if values.isSet("poison") { selection.put("poison", true) }
        let limit = try values.number("limit", atLeast: 1)
        selection.put("limit", limit)
        guard chosen != nil || limit != nil || values.isSet("all") else {
            throw .usage("campaign create needs a choice of letters", advice: "such as --fingerprint ID, or --all")
        }
        var body = WishFlags.body(call)
        body.put("selection", raw: selection.bytes[...])
        if values.isSet("all") { body.put("all", true) }
        body.put("campaign_id", values.text("id"))
        body.put("canary", try values.number("canary"))
        body.put("concurrency", try values.number("concurrency", atLeast: 1))
        body.put("stop_after", try values.number("stop-after", atLeast: 1))
        body.put("rate", try decimal("rate", values))
        body.put("stop_ratio", try decimal("stop-ratio", values))
        return body.bytes
    }

    /// What it would find; whether there is anything to redrive.
    private static func preview(
        _ body: [UInt8], _ api: APIClient, _ printer: Printer, _ call: Invocation
    ) throws(CommandFailure) -> Bool {
        let shares = try api.send(APIPath("campaigns", "preview"), body).object.objects("shares")
        printer.list(shares.map { OutputRecord($0) }, empty: "no open letters are found")
        guard shares.contains(where: { $0.bool("redrivable") }) else { return false }
        if call.values.isSet("dry-run") {
            call.console.note("nothing has been changed; the same command with --yes makes the campaign")
        }
        return true
    }

    private static func decimal(_ flag: String, _ values: Values) throws(CommandFailure) -> Double? {
        guard let text = values.text(flag) else { return nil }
        guard let number = Double(text), number.isFinite, number >= 0 else {
            throw .usage("--\(flag) is a number, not \(text)")
        }
        return number
    }
}
