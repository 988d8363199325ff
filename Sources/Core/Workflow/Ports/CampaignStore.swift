/// Campaigns as the drainer that leads them reads and writes them.
///
/// A campaign is led by one drainer at a time. Who lost the lead writes nothing more: each writing call does nothing
/// then, and says so by its answer.
public protocol CampaignStore: AnyObject {
    /// The campaigns that are not over and that `leader` leads from now on, for as long as the lease says.
    func lead(as leader: String, for lease: Microseconds) throws(LetterStoreError) -> [LedCampaign]

    /// Items that were sent and have no outcome, with what the rows say of them.
    func itemsUnderWay(of campaignID: String) throws(LetterStoreError) -> [ItemSight]

    /// Writes outcomes down, each once; and that others are sent again now.
    func note(
        _ outcomes: [ItemOutcome], sentAgain: [Int], of campaignID: String, as leader: String
    ) throws(LetterStoreError)

    /// Marks the next waiting items as sent, with all others of their runs, and gives them; those whose runs are going
    /// on are left for later.
    func take(_ count: Int, of campaignID: String, as leader: String) throws(LetterStoreError) -> [CampaignItem]

    /// Changes the status if it still is the one that was read, with its line in the audit log.
    func change(
        _ campaign: LedCampaign, to status: CampaignStatus, _ sentence: String, as leader: String
    ) throws(LetterStoreError)

    /// A cancelled campaign with nothing under way is over.
    func end(_ campaignID: String, as leader: String) throws(LetterStoreError)

    func tally(of campaignID: String) throws(LetterStoreError) -> CampaignTally
}

/// A campaign in the hands of a drainer.
public struct LedCampaign: Sendable, Equatable {
    public var campaignID: String
    public var status: CampaignStatus
    public var plan: CampaignPlan
    public var actor: String?
    /// How often its status has changed: names this state of it.
    public var changes: Int

    public init(campaignID: String, status: CampaignStatus, plan: CampaignPlan, actor: String?, changes: Int) {
        self.campaignID = campaignID
        self.status = status
        self.plan = plan
        self.actor = actor
        self.changes = changes
    }
}

/// What came of an item.
public struct ItemOutcome: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        case succeeded, failed, refused
        /// Put back: sent again later as another command; dropped if the campaign was cancelled meanwhile.
        case waiting
    }

    public var item: Int
    public var status: Status
    public var detail: String?

    public init(item: Int, status: Status, detail: String?) {
        self.item = item
        self.status = status
        self.detail = detail
    }
}

/// Sends commands for runs, many at once.
public protocol CommandSending: AnyObject {
    /// Returns once the log has acknowledged all of them; a failure leaves it unknown which arrived.
    func send(_ requests: [RetryRequest]) throws(AccessFailure)
}
