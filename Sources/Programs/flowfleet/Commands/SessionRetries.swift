import Platform

extension Command {
    static let sessionRetries = Command(
        "session retries", "show the retries of a session, or one of them: its runs, how it goes, or end it",
        discussion: """
            Each `session retry` is a job of the gateway. Without RETRY they are listed from the newest to the oldest;
            with it that one is shown, with --items run by run. --watch waits until each run's lane has answered: exit
            code 0, 5 when one was refused, 12 when --timeout has passed. --cancel drops what was not sent yet; runs
            that go on again go on.
            """,
        operands: [Operand("SESSION", "its id"), Operand("RETRY", "the retry's id", optional: true)],
        flags: [
            Flag("items", nil, "list its runs and what came of each"),
            Flag(
                "status", "STATUS", "with --items: those in this status only",
                choices: [
                    "waiting", "sent", "going_on", "succeeded", "failed", "cancelled", "refused", "dropped",
                ]),
            Flag("watch", nil, "wait until every lane has answered"),
            Flag("cancel", nil, "drop what was not sent yet"),
            .limit, .cursor, .timeout,
        ] + WishFlags.all, columns: [.sessionRetries, .retriedRuns],
        examples: [
            "flowfleet session retries $SESSION", "flowfleet session retries $SESSION $RETRY --watch",
            "flowfleet session retries $SESSION $RETRY --items --status refused -o jsonl",
            "flowfleet session retries $SESSION $RETRY --cancel --reason \"the host is down again\"",
        ]
    ) { call throws(CommandFailure) in
        try check(call.values)
        let values = call.values
        let printer = try call.printer(values.isSet("items") ? .retriedRuns : .sessionRetries)
        let (api, path) = (try APIClient(call), APIPath("sessions", call.operand(0), "retries"))
        guard let id = values.operand(1) else { return try call.list(api, path, printer, empty: "no retries") }
        let one = path.part(id)
        if values.isSet("items") {
            let items = one.part("items").with("status", values.text("status"))
            return try call.list(api, items, printer, empty: "no runs")
        }
        if values.isSet("watch") { return try SessionRetryJob(call, api, printer, id).follow(nil) }
        if values.isSet("cancel") {
            printer.one(OutputRecord(try api.send(one.part("cancel"), WishFlags.body(call).bytes).object))
            return .ok
        }
        printer.one(OutputRecord(try api.get(one).object))
        return .ok
    }

    /// Flags that would mean nothing are refused.
    private static func check(_ values: Values) throws(CommandFailure) {
        let chosen = ["items", "watch", "cancel"].filter { values.isSet($0) }
        if chosen.count > 1 { throw .usage("choose one of --items, --watch and --cancel") }
        if let first = chosen.first, values.operand(1) == nil { throw .usage("--\(first) needs RETRY") }
        let owners = ["status": "items", "timeout": "watch"].merging(
            WishFlags.all.map { ($0.name, "cancel") }, uniquingKeysWith: { first, _ in first })
        for (flag, owner) in owners.sorted(by: { $0.key < $1.key }) where values.isSet(flag) && chosen != [owner] {
            throw .usage("--\(flag) needs --\(owner)")
        }
        let isList = chosen == ["items"] || values.operand(1) == nil
        for flag in ["limit", "cursor"] where values.isSet(flag) && !isList {
            throw .usage("--\(flag) is for lists")
        }
    }
}

/// Follows the retry of a session until every lane has answered.
struct SessionRetryJob {
    private let call: Invocation
    private let api: APIClient
    private let printer: Printer
    private let id: String

    init(_ call: Invocation, _ api: APIClient, _ printer: Printer, _ id: String) {
        (self.call, self.api, self.printer, self.id) = (call, api, printer, id)
    }

    private var path: APIPath { APIPath("sessions", call.operand(0), "retries", id) }

    /// - `made`: what the gateway said when it took the job; nil for one that somebody asked for before.
    func follow(_ made: APIObject?) throws(CommandFailure) -> ExitCode {
        let limit = try call.values.duration("timeout") ?? .seconds(30)
        let clock = Stopwatch()
        var (progress, patience, last) = (Progress(call.console), Patience(call.console), made)
        if made != nil { patience.noteAnswer() }
        while true {
            let job = try patience.over { () throws(CommandFailure) in try api.get(path).object }
            last = job ?? last
            let unanswered = job.map(Self.unanswered)
            if unanswered == 0 || clock.elapsed() >= limit {
                progress.end(keeping: false)
                return end(last, isAnswered: unanswered == 0)
            }
            if let job, let unanswered {
                let runs = job.int("runs") ?? 0
                progress.show(Progress.bar(runs - unanswered, of: runs) + " runs answered")
            }
            _ = Stopwatch.pause(.milliseconds(150))
        }
    }

    /// Runs whose lane has not said what it makes of the retry; of a cancelled one those that were sent.
    static func unanswered(_ job: APIObject) -> Int { (job.int("waiting") ?? 0) + (job.int("sent") ?? 0) }

    private func end(_ job: APIObject?, isAnswered: Bool) -> ExitCode {
        if let job { printer.one(OutputRecord(job)) }
        let refused = job?.int("refused") ?? 0
        if refused > 0 { tellRefused(refused) }
        guard isAnswered else {
            call.console.note("the job goes on: flowfleet session retries \(call.operand(0)) \(id) --watch")
            return .waitTimedOut
        }
        return refused > 0 ? .conflict : .ok
    }

    /// How it ended is known; a gateway that goes away now changes nothing of it.
    private func tellRefused(_ count: Int) {
        var listing = Listing(api, path.part("items").with("status", "refused"), limit: 20)
        for item in (try? listing.all()) ?? [] {
            let why = TextTable.harmless(item.text("detail") ?? "no reason given")
            call.console.note("run \(item.text("run_id") ?? ""): \(why)")
        }
        let rest = "flowfleet session retries \(call.operand(0)) \(id) --items --status refused"
        if count > 20 { call.console.note("… and \(count - 20) more: \(rest)") }
    }
}
