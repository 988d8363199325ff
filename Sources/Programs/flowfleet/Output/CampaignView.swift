import API
import Platform
import Workflow

/// Shows a campaign as it goes: redrawn in place on a terminal, else a line for each change.
struct CampaignView {
    private let call: Invocation
    private let campaigns: Campaigns
    private static let pause = Duration.milliseconds(500)

    init(_ call: Invocation, _ campaigns: Campaigns) {
        self.call = call
        self.campaigns = campaigns
    }

    func watch(_ first: CampaignEntry) throws(CommandFailure) -> ExitCode {
        let limit = try call.values.duration("timeout")
        let clock = Stopwatch()
        let redraws = call.console.dataIsTerminal && call.printer.format == .table
        var campaign = first
        var shown: CampaignEntry?
        while true {
            if campaign != shown {
                if redraws, shown != nil { call.console.data(Array("\u{1B}[A\u{1B}[J".utf8)) }
                show(campaign, since: first, clock.elapsed())
            }
            shown = campaign
            if let code = CampaignView.code(campaign) { return code }
            if let limit, clock.elapsed() >= limit { return .waitTimedOut }
            _ = Stopwatch.pause(Self.pause)
            campaign = try asking { () throws(ServiceFailure) in try campaigns.campaign(first.campaignID) }
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

    private func show(_ campaign: CampaignEntry, since first: CampaignEntry, _ elapsed: Duration) {
        guard call.printer.format == .table else {
            return call.console.put(bytes: OutputRecord(campaign, inList: false).json)
        }
        call.console.put(CampaignView.line(campaign, since: first, elapsed))
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
