import Workflow

/// Drainers, and the people who make campaigns and change their minds about them.
extension SimWorld {
    /// True when this event was theirs. Seeds without drainers draw nothing here.
    func letterEvent() -> Bool {
        guard plan.drainers > 0, dice.chance(180) else { return false }
        switch dice.below(10) {
        case ..<4: able?.stepDrainer()
        case ..<8: able?.stepCampaigns()
        case ..<9: if isFaulty { endDrainer() } else { able?.stepDrainer() }
        default: dice.chance(600) ? makeCampaign() : commandCampaign()
        }
        return true
    }

    private var able: DrainerProcess? {
        let able = drainers.filter(\.canStep)
        return able.isEmpty ? nil : dice.pick(able)
    }

    private func endDrainer() {
        if let dead = drainers.first(where: { !$0.isAlive }) { return dead.start() }
        guard mayDie, let drainer = drainers.first(where: \.canStep) else { return }
        if dice.chance(500) { drainer.stop() } else { drainer.kill() }
    }

    func makeCampaign() {
        let found = store.tables.redrivable
        guard !found.isEmpty, !store.isAway else { return }
        let id = "c\(store.tables.campaigns.count)"
        var wanted = CampaignPlan()
        wanted.canary = dice.below(3)
        wanted.rate = dice.pick([1, 5, 50])
        wanted.concurrency = dice.from(1...3)
        wanted.stopRatio = dice.pick([0, 0.5, 1])
        wanted.stopAfter = dice.from(1...3)
        let items = found.enumerated().map { number, found in
            let run = found.letter.runID?.description ?? ""
            traffic.disturbed.insert(run)
            return Tables.Campaign.Item(
                item: CampaignItem(
                    item: number + 1, messageID: found.id, runID: run,
                    taskID: found.letter.taskID?.description ?? "", attempt: found.letter.attempts - 1,
                    requestID: "campaign/\(id)/\(run)"))
        }
        store.tables.campaigns[id] = Tables.Campaign(
            plan: wanted, status: wanted.beginning(), items: items, createdAt: now)
        count("campaign made")
        note("campaign \(id) of \(items.count)")
    }

    private func commandCampaign() {
        let live = store.tables.campaigns.filter { !$0.value.hasEnded }.keys.sorted()
        guard !live.isEmpty else { return }
        command(dice.pick([.pause, .pause, .resume, .resume, .cancel]), dice.pick(live))
    }

    private func command(_ command: CampaignCommand, _ id: String) {
        guard var campaign = store.tables.campaigns[id], campaign.status.allows(command) else { return }
        campaign.changes += 1
        switch command {
        case .pause: campaign.status = .paused
        case .resume:
            if campaign.status == .stopped {
                (campaign.pastSucceeded, campaign.pastFailed) = (campaign.count(.succeeded), campaign.count(.failed))
            }
            campaign.status = campaign.plan.beginning(results: campaign.tally.fresh)
        case .cancel:
            campaign.status = .cancelled
            for place in campaign.items.indices where campaign.items[place].status == .waiting {
                campaign.items[place].status = .dropped
            }
            campaign.hasEnded = campaign.count(.sent) == 0
        }
        store.tables.campaigns[id] = campaign
        count("campaign command: \(command.rawValue)")
    }

    // MARK: The calm

    /// What stands still is resumed the first time, then cancelled.
    func settleCampaigns(round: Int) {
        guard plan.drainers > 0 else { return }
        for (id, campaign) in store.tables.campaigns.sorted(by: { $0.key < $1.key }) where !campaign.hasEnded {
            guard campaign.status == .paused || campaign.status == .stopped else { continue }
            command(round < 200 ? .resume : .cancel, id)
        }
    }

    var unsettledLetters: [String] {
        guard plan.drainers > 0 else { return [] }
        var words = store.tables.campaigns.filter { !$0.value.hasEnded }.keys.sorted().map { "campaign \($0) goes on" }
        for (number, partition) in log.deadLetters.partitions.enumerated() {
            let committed = log.letters.committed[Int32(number)]?.offset ?? 0
            guard partition.records.contains(where: { $0.offset >= committed && !check.isKept($0) }) else { continue }
            words.append("dead letters of partition \(number) are not drained to the end")
        }
        return words
    }
}
