public import Platform
public import Workflow

/// Leads campaigns: looks what came of the items under way, asks the machine what is next, and does it.
///
/// An item is marked as sent before its command is, so a drainer that dies between the two leaves an item that nobody
/// answers: the next one sends its command again. A command that arrives twice has one `request_id` and counts once.
public final class CampaignRunner {
    /// Everything outside.
    public struct Surroundings {
        public var store: any CampaignStore
        public var sender: any CommandSending
        public var time: any TimeSource
        public var metrics: DrainerMetrics
        public var journal: Log

        public init(
            store: any CampaignStore, sender: any CommandSending, time: any TimeSource = SystemTime(),
            metrics: DrainerMetrics, journal: Log
        ) {
            self.store = store
            self.sender = sender
            self.time = time
            self.metrics = metrics
            self.journal = journal
        }
    }

    /// A leader that is silent for so long has lost its campaigns.
    public static let lease: Microseconds = 10_000_000

    private let outside: Surroundings
    private let leader: String
    private var machines: [String: CampaignMachine] = [:]

    /// - `leader`: a name that no other process ever has.
    public init(_ outside: Surroundings, leader: String) {
        self.outside = outside
        self.leader = leader
    }

    /// One look at every campaign that is led; how many there are.
    @discardableResult
    public func step() throws(LetterStoreError) -> Int {
        let campaigns = try outside.store.lead(as: leader, for: Self.lease)
        outside.metrics.campaignsLive.set(campaigns.count)
        machines = machines.filter { id, _ in campaigns.contains { $0.campaignID == id } }
        for campaign in campaigns {
            do throws(LetterStoreError) {
                try step(campaign)
            } catch {
                // What is wrong with one of them must not hold the others.
                guard case .refused(let why) = error else { throw error }
                outside.journal.limited(
                    "campaign-refused", .error, "a campaign cannot go on",
                    [.campaignID(campaign.campaignID), .error(why)])
            }
        }
        return campaigns.count
    }

    private func step(_ campaign: LedCampaign) throws(LetterStoreError) {
        let again = try followUp(campaign)
        let tally = try outside.store.tally(of: campaign.campaignID)
        var machine = machines[campaign.campaignID] ?? CampaignMachine(campaign.plan)
        let actions = machine.decide(campaign.status, tally, at: outside.time.monotonic / 1_000)
        machines[campaign.campaignID] = machine
        var items = again
        for action in actions { items += try perform(action, campaign) }
        send(items, campaign, again: again.count)
    }

    /// Writes down what came of items; gives those whose command has to go again.
    private func followUp(_ campaign: LedCampaign) throws(LetterStoreError) -> [CampaignItem] {
        var outcomes: [ItemOutcome] = []
        var again: [CampaignItem] = []
        for sight in try outside.store.itemsUnderWay(of: campaign.campaignID) {
            switch ItemVerdict.of(sight) {
            case .wait: continue
            case .sendAgain: again.append(sight.item)
            case .succeeded(let detail):
                outcomes.append(.init(item: sight.item.item, status: .succeeded, detail: detail))
            case .failed(let detail): outcomes.append(.init(item: sight.item.item, status: .failed, detail: detail))
            case .refused(let detail): outcomes.append(.init(item: sight.item.item, status: .refused, detail: detail))
            case .putBack(let detail): outcomes.append(.init(item: sight.item.item, status: .waiting, detail: detail))
            }
        }
        guard !outcomes.isEmpty || !again.isEmpty else { return [] }
        try outside.store.note(outcomes, sentAgain: again.map(\.item), of: campaign.campaignID, as: leader)
        for outcome in outcomes where outcome.status != .waiting {
            outside.metrics.itemsEnded.with(outcome.status.rawValue).add()
        }
        return again
    }

    private func perform(_ action: CampaignAction, _ campaign: LedCampaign) throws(LetterStoreError) -> [CampaignItem] {
        switch action {
        case .send(let count): return try outside.store.take(count, of: campaign.campaignID, as: leader)
        case .become(let status, let sentence):
            try outside.store.change(campaign, to: status, sentence, as: leader)
            if status == .stopped { outside.metrics.campaignsStopped.add() }
            outside.journal.info(
                "a campaign has changed",
                [.campaignID(campaign.campaignID), .status(status.rawValue), .reason(sentence)])
        case .end:
            try outside.store.end(campaign.campaignID, as: leader)
            outside.journal.info("a cancelled campaign is over", [.campaignID(campaign.campaignID)])
        }
        return []
    }

    /// A failure leaves the items as sent and without answer: they go again when patience is over.
    private func send(_ items: [CampaignItem], _ campaign: LedCampaign, again: Int) {
        guard !items.isEmpty else { return }
        KillPoint.markedNotSent.pass()
        let requests = RetryRequest.all(
            for: items, reason: "campaign \(campaign.campaignID)", actor: campaign.actor)
        do throws(AccessFailure) {
            try outside.sender.send(requests)
            KillPoint.sentNotNoted.pass()
            outside.metrics.itemsSent.add(items.count - again)
            outside.metrics.itemsSentAgain.add(again)
        } catch {
            outside.journal.limited(
                "campaign", .warning, "commands of a campaign were not sent", [.error(error.message)])
        }
    }
}
