import JSON
import Workflow

/// The campaigns of the model, as the drainer that leads them reads and writes them.
final class SimCampaignStore: SimConnection, CampaignStore {
    private func isLed(_ campaign: Tables.Campaign?, by leader: String) -> Bool {
        campaign.map { $0.leader == leader && $0.ledUntil > store.now } ?? false
    }

    func lead(as leader: String, for lease: Microseconds) throws(LetterStoreError) -> [LedCampaign] {
        try reach("lead") {
            var led: [LedCampaign] = []
            for (id, campaign) in store.tables.campaigns.sorted(by: { $0.key < $1.key }) where !campaign.hasEnded {
                var campaign = campaign
                if campaign.leader == leader {
                    if campaign.ledUntil < store.now + lease / 2 { campaign.ledUntil = store.now + lease }
                } else if campaign.leader == nil || campaign.ledUntil < store.now {
                    if campaign.leader != nil { world.count("campaign taken over") }
                    (campaign.leader, campaign.ledUntil) = (leader, store.now + lease)
                }
                store.tables.campaigns[id] = campaign
                guard isLed(campaign, by: leader) else { continue }
                led.append(
                    LedCampaign(
                        campaignID: id, status: campaign.status, plan: campaign.plan, actor: nil,
                        changes: campaign.changes))
            }
            world.check.led(led.map(\.campaignID), by: leader)
            return led
        }
    }

    func itemsUnderWay(of campaignID: String) throws(LetterStoreError) -> [ItemSight] {
        try reach("items under way") {
            let items = store.tables.campaigns[campaignID]?.items.filter { $0.status == .sent } ?? []
            return items.map { row in
                var sight = ItemSight(row.item, age: store.now - row.sentAt)
                let run = Identifier(row.item.runID)
                if let audit = store.tables.audits[Bytes(row.item.requestID)], audit.runID == run {
                    (sight.isAccepted, sight.answer) = (audit.isDone, audit.detail)
                    sight.code = audit.code.flatMap(CommandRefusal.Code.init)
                }
                let task = store.tables.tasks[run]?[Identifier(row.item.taskID)]
                (sight.taskStatus, sight.attempts) = (task?.status, Int(task?.attempts ?? 0))
                sight.taskError = task?.error.map { String(decoding: $0, as: UTF8.self) }
                sight.runStatus = store.tables.runs[run]?.state.status
                return sight
            }
        }
    }

    func note(
        _ outcomes: [ItemOutcome], sentAgain: [Int], of campaignID: String, as leader: String
    ) throws(LetterStoreError) {
        try reach("note items") {
            guard isLed(store.tables.campaigns[campaignID], by: leader) else { return }
            for outcome in outcomes {
                guard let place = place(outcome.item, campaignID) else { continue }
                let status: Tables.Campaign.Item.Status =
                    switch outcome.status {
                    case .succeeded: .succeeded
                    case .failed: .failed
                    case .refused: .refused
                    case .waiting: store.tables.campaigns[campaignID]?.status == .cancelled ? .dropped : .waiting
                    }
                if status == .waiting { world.count("campaign item put back") }
                if outcome.status == .waiting, let last = store.tables.campaigns[campaignID]?.items[place].item {
                    store.tables.campaigns[campaignID]?.items[place].item.requestID =
                        ItemVerdict.nextRequestID(after: last.requestID)
                }
                store.tables.campaigns[campaignID]?.items[place].status = status
                world.count("campaign item \(outcome.status.rawValue)")
            }
            for item in sentAgain {
                world.count("campaign item sent again")
                if let place = place(item, campaignID) {
                    store.tables.campaigns[campaignID]?.items[place].sentAt = store.now
                }
            }
        }
    }

    /// Only of items that are under way.
    private func place(_ item: Int, _ campaignID: String) -> Int? {
        store.tables.campaigns[campaignID]?.items.firstIndex { $0.item.item == item && $0.status == .sent }
    }

    func take(_ count: Int, of campaignID: String, as leader: String) throws(LetterStoreError) -> [CampaignItem] {
        try reach("take items") {
            guard let campaign = store.tables.campaigns[campaignID], isLed(campaign, by: leader),
                campaign.status == .canary || campaign.status == .running
            else { return [] }
            let ready = campaign.items.filter { $0.status == .waiting && !isLive(Identifier($0.item.runID)) }
            let requests = Set(ready.prefix(count).map(\.item.requestID))
            let places = campaign.items.indices.filter {
                campaign.items[$0].status == .waiting && requests.contains(campaign.items[$0].item.requestID)
            }
            world.check.taking(places.map { campaign.items[$0].item }, of: campaignID, campaign)
            for place in places where world.mutant != .itemsNotMarked {
                store.tables.campaigns[campaignID]?.items[place].status = .sent
                store.tables.campaigns[campaignID]?.items[place].sentAt = store.now
            }
            return places.map { campaign.items[$0].item }
        }
    }

    private func isLive(_ run: Identifier) -> Bool {
        store.tables.runs[run].map { !$0.state.status.isFinal } ?? false
    }

    func change(
        _ campaign: LedCampaign, to status: CampaignStatus, _ sentence: String, as leader: String
    ) throws(LetterStoreError) {
        try reach("change campaign") {
            guard var row = store.tables.campaigns[campaign.campaignID], isLed(row, by: leader),
                row.changes == campaign.changes
            else { return }
            (row.status, row.changes, row.hasEnded) = (status, row.changes + 1, status == .completed)
            store.tables.campaigns[campaign.campaignID] = row
            world.count("campaign \(status.rawValue)")
            world.note("campaign \(campaign.campaignID) is \(status.rawValue): \(sentence)")
        }
    }

    func end(_ campaignID: String, as leader: String) throws(LetterStoreError) {
        try reach("end campaign") {
            guard let row = store.tables.campaigns[campaignID], isLed(row, by: leader), row.status == .cancelled,
                row.count(.sent) == 0
            else { return }
            store.tables.campaigns[campaignID]?.hasEnded = true
        }
    }

    func tally(of campaignID: String) throws(LetterStoreError) -> CampaignTally {
        try reach("tally") { store.tables.campaigns[campaignID]?.tally ?? CampaignTally() }
    }
}
