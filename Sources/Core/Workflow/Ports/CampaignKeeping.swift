public import JSON

/// Makes campaigns, shows them, and takes commands for them; a drainer runs them.
public protocol CampaignKeeping {
    /// What a campaign with this selection would find now; changes nothing.
    func preview(_ selection: LetterSelection) throws(AccessFailure) -> CampaignPreview

    /// Makes the campaign with an item for each letter that can be redriven; how many those are.
    func create(
        _ campaignID: String, _ selection: LetterSelection, _ plan: CampaignPlan, _ wish: Wish
    ) throws(AccessFailure) -> Int

    func campaign(_ campaignID: String) throws(AccessFailure) -> CampaignEntry?

    /// From the newest to the oldest; `before` is the one that the last page ended with.
    func campaigns(isLive: Bool, before: String?, limit: Int) throws(AccessFailure) -> [CampaignEntry]

    /// Items in their order; `after` is the one that the last page ended with.
    func items(of campaignID: String, status: String?, after: Int?, limit: Int) throws(AccessFailure)
        -> [CampaignItemEntry]

    /// Applies the command if the campaign still is in the state that was read; false if it is not.
    func apply(_ command: CampaignCommand, to campaign: CampaignEntry, becoming status: CampaignStatus, _ wish: Wish)
        throws(AccessFailure) -> Bool
}

/// What a selection finds: letters that can be redriven, and the others by the reason why not.
public struct CampaignPreview: Sendable, Equatable {
    public struct Share: Sendable, Equatable {
        /// Nil for letters that can be redriven.
        public var obstacle: String?
        public var letters: Int
        public var runs: Int
        public var oldest: String?

        public init(obstacle: String?, letters: Int, runs: Int, oldest: String?) {
            self.obstacle = obstacle
            self.letters = letters
            self.runs = runs
            self.oldest = oldest
        }
    }

    public var shares: [Share]

    public init(_ shares: [Share]) { self.shares = shares }

    public var redrivable: Share? { shares.first { $0.obstacle == nil } }
    public var obstacles: [Share] { shares.filter { $0.obstacle != nil } }
    public var letters: Int { shares.reduce(0) { $0 + $1.letters } }
}

public struct CampaignEntry: Sendable, Equatable {
    public var campaignID = ""
    public var status = CampaignStatus.canary
    public var selection: Bytes = []
    public var plan = CampaignPlan()
    public var tally = CampaignTally()
    public var actor: String?
    public var reason: String?
    public var sentence: String?
    public var changes = 0
    public var createdAt = ""
    public var updatedAt = ""
    public var endedAt: String?

    public init() {}
}

public struct CampaignItemEntry: Sendable, Equatable {
    public var item: CampaignItem
    public var status: String
    public var detail: String?
    public var sentAt: String?
    public var endedAt: String?

    public init(item: CampaignItem, status: String, detail: String?, sentAt: String?, endedAt: String?) {
        self.item = item
        self.status = status
        self.detail = detail
        self.sentAt = sentAt
        self.endedAt = endedAt
    }
}
