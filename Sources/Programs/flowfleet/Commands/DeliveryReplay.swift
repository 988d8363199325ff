import Platform

extension Command {
    static let deliveryReplay = Command(
        "delivery replay", "let ended deliveries go again from their first channel, with the same ids",
        discussion: """
            One by its id, or those of a selection, to whose receivers everything is told once more: they are looked
            up, shown with --dry-run, asked about at a terminal (elsewhere --yes is needed), and replayed 200 at a time.
            """,
        operands: [Operand("DELIVERY", "the id of one delivery", optional: true)],
        flags: deliverySelection + [Flag("all", nil, "all that have ended, when no other flag chooses")]
            + BulkFlags.all + WishFlags.all,
        columns: [.deliveryReplays, .deliveries],
        examples: [
            "flowfleet delivery replay 12", "flowfleet delivery replay --state orphaned --since 2h --dry-run",
            "flowfleet delivery replay --state orphaned --since 2h --yes --reason mended",
        ]
    ) { call throws(CommandFailure) in
        let chosen = deliverySelection.filter { call.values.isSet($0.name) }
        guard let id = call.values.operand(0) else {
            guard !chosen.isEmpty || call.values.isSet("all") else {
                throw .usage(
                    "delivery replay needs a delivery, or a choice", advice: "such as --state orphaned, or --all")
            }
            return try DeliveryReplay(call).run()
        }
        if let flag = (chosen.map(\.name) + ["all", "dry-run", "yes"]).first(where: { call.values.isSet($0) }) {
            throw .usage("--\(flag) chooses among many; \(id) is named already")
        }
        let printer = try call.printer(.deliveryReplays)
        let body = WishFlags.body(call)
        printer.one(OutputRecord(try APIClient(call).send(APIPath("deliveries", id, "replay"), body.bytes).object))
        return .ok
    }
}

/// Replays the deliveries of a selection as they are when it begins: one that ends again meanwhile does not go twice.
private struct DeliveryReplay {
    private let call: Invocation
    private let bulk: BulkFlags
    private let printer: Printer
    private let api: APIClient
    private static let page = 200

    init(_ call: Invocation) throws(CommandFailure) {
        self.call = call
        bulk = try BulkFlags(call)
        try bulk.needConsent("delivery replay")
        printer = try call.printer(bulk.isDry ? .deliveries : .deliveryReplays)
        api = try APIClient(call)
    }

    func run() throws(CommandFailure) -> ExitCode {
        let found = try ended()
        if bulk.isDry {
            printer.list(found.map { OutputRecord($0) }, empty: "no delivery is found that has ended")
            return .ok
        }
        guard !found.isEmpty else {
            throw CommandFailure(.conflict, "no delivery is found that has ended", advice: "flowfleet delivery list")
        }
        guard bulk.agrees("let \(found.count) deliveries go again?") else { return .failed }
        return try replay(found.compactMap { $0.int("id") })
    }

    /// From the oldest to the newest. Early summaries and progress are of no use once more, and what still waits goes
    /// by itself.
    private func ended() throws(CommandFailure) -> [APIObject] {
        var listing = Listing(api, try Command.selected(call.values), limit: nil)
        var (found, progress): ([APIObject], Progress) = ([], Progress(call.console))
        defer { progress.end(keeping: false) }
        while let page = try listing.page() {
            found += page.filter { $0.text("kind") == "end" && $0.text("state") != "waiting" }
            progress.show("\(found.count) deliveries found")
        }
        return found.reversed()
    }

    private func replay(_ ids: [Int]) throws(CommandFailure) -> ExitCode {
        let id = call.values.text("request-id") ?? randomID()
        var (progress, replayed) = (Progress(call.console), 0)
        for start in stride(from: 0, to: ids.count, by: Self.page) {
            let some = ids[start..<min(start + Self.page, ids.count)]
            // Under an id of its own for each page, told by its first delivery: sent twice it is done once.
            var body = WishFlags.body(call, requestID: some.count == ids.count ? id : "\(id)/\(some.first ?? 0)")
            body.put("ids", texts: some.map { String($0) })
            let answer: APIObject
            do throws(CommandFailure) {
                answer = try api.send(APIPath("deliveries", "replay"), body.bytes).object
            } catch {
                progress.end(keeping: false)
                call.console.note("\(replayed) of \(ids.count) deliveries go again; the others were not asked for")
                throw error
            }
            replayed += answer["deliveries"]?.elements.count ?? 0
            if printer.format == .jsonl { printer.one(OutputRecord(answer)) }
            progress.show(Progress.bar(some.endIndex, of: ids.count) + " deliveries")
        }
        progress.end(keeping: false)
        guard printer.format != .jsonl else { return .ok }
        var record = OutputRecord()
        record.add("request_id", .text(id))
        record.add("deliveries", .number(replayed))
        printer.one(record)
        return .ok
    }
}
