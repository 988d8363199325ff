public import Workflow

/// Makes campaigns, shows them and steers them; a drainer does the work.
public struct Campaigns {
    private let keeper: any CampaignKeeping

    public init(keeper: any CampaignKeeping) { self.keeper = keeper }

    /// The dry run: what a campaign with this selection would find now.
    public func preview(_ selection: LetterSelection) throws(ServiceFailure) -> CampaignPreview {
        try reaching { () throws(AccessFailure) in try keeper.preview(selection) }
    }

    public func create(
        _ campaignID: String, _ selection: LetterSelection, _ plan: CampaignPlan, _ wish: Wish
    ) throws(ServiceFailure) -> CampaignEntry {
        try check(campaignID, plan, selection)
        let preview = try preview(selection)
        guard preview.redrivable != nil else {
            throw ServiceFailure(
                .conflict, "nothing can be redriven: \(preview.letters) open letters were found",
                details: preview.obstacles.map { "\($0.letters) × \($0.obstacle ?? "")" })
        }
        do throws(AccessFailure) {
            _ = try keeper.create(campaignID, selection, plan, wish)
        } catch {
            guard error.kind == .taken else { throw ServiceFailure(error) }
            throw ServiceFailure(
                .conflict, "the id \(campaignID) or the request id \(wish.requestID) has been used",
                advice: "flowfleet campaign get \(campaignID)")
        }
        return try campaign(campaignID)
    }

    public func campaign(_ campaignID: String) throws(ServiceFailure) -> CampaignEntry {
        let found = try reaching { () throws(AccessFailure) in try keeper.campaign(campaignID) }
        guard let found else {
            throw ServiceFailure(.notFound, "no campaign \(campaignID) is known", advice: "flowfleet campaign list")
        }
        return found
    }

    public func campaigns(isLive: Bool, before: String? = nil, limit: Int) throws(ServiceFailure) -> [CampaignEntry] {
        try reaching { () throws(AccessFailure) in
            try keeper.campaigns(isLive: isLive, before: before, limit: limit)
        }
    }

    public func items(
        of campaignID: String, status: String? = nil, after: Int? = nil, limit: Int
    ) throws(ServiceFailure) -> [CampaignItemEntry] {
        try reaching { () throws(AccessFailure) in
            try keeper.items(of: campaignID, status: status, after: after, limit: limit)
        }
    }

    /// Refused with the status where the command makes no sense; a change at the same moment is looked at once more.
    public func apply(_ command: CampaignCommand, to campaignID: String, _ wish: Wish) throws(ServiceFailure)
        -> CampaignEntry
    {
        for _ in 0..<5 {
            let campaign = try campaign(campaignID)
            guard campaign.endedAt == nil, campaign.status.allows(command) else {
                throw ServiceFailure(
                    .conflict, "\(command.rawValue) was refused: campaign \(campaignID) is \(campaign.status.rawValue)")
            }
            let status = Campaigns.status(after: command, campaign)
            let isDone = try reaching { () throws(AccessFailure) in
                try keeper.apply(command, to: campaign, becoming: status, wish)
            }
            if isDone { return try self.campaign(campaignID) }
        }
        throw ServiceFailure(.conflict, "campaign \(campaignID) keeps changing; try again")
    }

    static func status(after command: CampaignCommand, _ campaign: CampaignEntry) -> CampaignStatus {
        switch command {
        case .pause: .paused
        // The fault that stopped it may be there still: a few are tried first, as at the start.
        case .resume: campaign.plan.beginning(results: campaign.status == .stopped ? 0 : campaign.tally.fresh)
        case .cancel: .cancelled
        }
    }

    /// Longer ids leave no room in the request ids of its items.
    private static let idBytes = 200

    private func check(
        _ campaignID: String, _ plan: CampaignPlan, _ selection: LetterSelection
    ) throws(ServiceFailure) {
        var problems: [String] = []
        if !RequestDraft.isID(campaignID) || campaignID.utf8.count > Self.idBytes {
            problems.append("id: is 1 to \(Self.idBytes) bytes without control characters")
        }
        if plan.canary < 0 { problems.append("canary: is 0 or more") }
        if !(plan.rate > 0 && plan.rate <= 10_000) { problems.append("rate: is more than 0, at most 10000 a second") }
        if !(1...10_000).contains(plan.concurrency) { problems.append("concurrency: is 1 to 10000") }
        if !(plan.stopRatio >= 0 && plan.stopRatio <= 1) { problems.append("stop_ratio: is 0 to 1") }
        if plan.stopAfter < 1 { problems.append("stop_after: is 1 or more") }
        if let limit = selection.limit, limit < 1 { problems.append("limit: is 1 or more") }
        guard problems.isEmpty else { throw ServiceFailure(.invalid, "the campaign cannot be so", details: problems) }
    }
}
