import JSON
import Platform
import Workflow

/// Shows a campaign as it goes: a line for each change, redrawn in place on a terminal; with `-o json` only its end.
struct CampaignView {
    private let call: Invocation
    private let api: APIClient
    private static let pause = Duration.milliseconds(500)

    init(_ call: Invocation, _ api: APIClient) {
        self.call = call
        self.api = api
    }

    func watch(_ id: String) throws(CommandFailure) -> ExitCode {
        let limit = try call.values.duration("timeout")
        let clock = Stopwatch()
        var (first, shown): (CampaignEntry?, APIObject?) = (nil, nil)
        var patience = Patience(call.console)
        while true {
            let look = { () throws(CommandFailure) in try api.get(APIPath("campaigns", id)).object }
            if let object = try patience.over(look) {
                let campaign = CampaignEntry(object)
                if object != shown { show(object, since: first ?? campaign, clock.elapsed(), isFirst: shown == nil) }
                (first, shown) = (first ?? campaign, object)
                if let code = CampaignView.code(campaign) { return end(code) }
            }
            if let limit, clock.elapsed() >= limit { return end(.waitTimedOut) }
            _ = Stopwatch.pause(Self.pause)
        }

        func end(_ code: ExitCode) -> ExitCode {
            if call.format == .json, let shown { call.console.put(bytes: shown.json.bytes) }
            return code
        }
    }

    /// Nil while it goes on: also when it is halted, as long as something is under way.
    static func code(_ campaign: CampaignEntry) -> ExitCode? {
        if campaign.tally.underWay > 0 { return nil }
        switch campaign.status {
        case .completed: return campaign.tally.failed == 0 ? .ok : .runFailed
        case .stopped: return .runFailed
        case .cancelled: return .runCancelled
        case .paused: return .waitTimedOut
        case .canary, .running: return nil
        }
    }

    private func show(_ object: APIObject, since first: CampaignEntry, _ elapsed: Duration, isFirst: Bool) {
        switch call.format {
        case .json: return
        case .jsonl: call.console.put(bytes: object.json.bytes)
        case .table:
            if call.console.dataIsTerminal, !isFirst { call.console.data(Array("\u{1B}[A\u{1B}[J".utf8)) }
            call.console.put(CampaignView.line(CampaignEntry(object), since: first, elapsed))
        }
    }

    /// Such as `running: 120 of 2000 (118 succeeded, 2 failed), 50 under way, 1830 waiting; about 94 s left`.
    static func line(_ campaign: CampaignEntry, since first: CampaignEntry, _ elapsed: Duration) -> String {
        let tally = campaign.tally
        let done = tally.items - tally.waiting - tally.underWay
        var parts = [(tally.succeeded, "succeeded"), (tally.failed, "failed"), (tally.refused, "refused")]
        parts.append((tally.dropped, "dropped"))
        let counts = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        var line = "\(campaign.status.rawValue): \(done) of \(tally.items)" + (counts.isEmpty ? "" : " (\(counts))")
        if tally.underWay > 0 { line += ", \(tally.underWay) under way" }
        if tally.waiting > 0 { line += ", \(tally.waiting) waiting" }
        let before = first.tally.items - first.tally.waiting - first.tally.underWay
        let seconds = elapsed / .seconds(1)
        if campaign.status == .running, done > before, seconds > 1 {
            line += "; about \(Int(Double(tally.items - done) * seconds / Double(done - before)) + 1) s left"
        }
        if let sentence = campaign.sentence, campaign.status != .running { line += "; " + TextTable.harmless(sentence) }
        return line
    }
}
