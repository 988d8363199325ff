import JSON
import Workflow

/// What must hold of dead letters that are drained, and of campaigns.
extension Checks {
    /// I18: a drainer's position never passes a letter that is not kept.
    func committing(letters position: LetterPosition) {
        guard isStrict else { return }
        let records = world.log.deadLetters.partitions[Int(position.partition)].records
        for record in records where record.offset < position.next && !isKept(record) {
            fail("I18", "dead_letter_queue/\(position.partition)/\(record.offset) is passed and not kept")
        }
    }

    func isKept(_ record: SimRecord) -> Bool {
        store.tables.letters[JSONValue(trusted: record.value ?? []).name("message_id")] != nil
    }

    /// I18 at the end: a row for each dead letter, and for nothing else.
    func checkLetters() {
        guard world.plan.drainers > 0, isStrict else { return }
        let ids = Set(world.log.deadLetters.allRecords.map { JSONValue(trusted: $0.value ?? []).name("message_id") })
        for id in ids.subtracting(store.tables.letters.keys).sorted() { fail("I18", "dead letter \(id) has no row") }
        for id in Set(store.tables.letters.keys).subtracting(ids).sorted() {
            fail("I18", "the row \(id) is no dead letter")
        }
        if !ids.isEmpty { world.count("letters drained") }
    }

    /// Each time somebody begins to lead a campaign, one command may go at once.
    func led(_ campaigns: [String], by leader: String) {
        let fresh = Set(campaigns).subtracting(leading[leader] ?? [])
        for campaign in fresh { beginnings[campaign, default: 0] += 1 }
        leading[leader] = Set(campaigns)
    }

    /// I19: an item goes out once, unless it was put back; no more at a time than the plan allows, no more than its
    /// canary at first, and no faster than its rate.
    func taking(_ items: [CampaignItem], of id: String, _ campaign: Tables.Campaign) {
        guard isStrict, !items.isEmpty else { return }
        for item in items where !taken[id, default: []].insert("\(item.item) \(item.requestID)").inserted {
            fail("I19", "item \(item.item) of campaign \(id) is sent a second time")
        }
        let commands = Set(items.map(\.requestID))
        let underWay = Set(campaign.items.filter { $0.status == .sent }.map(\.item.requestID))
        let atOnce = underWay.union(commands).count
        if atOnce > campaign.plan.concurrency {
            fail("I19", "campaign \(id) has \(atOnce) commands under way, \(campaign.plan.concurrency) are allowed")
        }
        let tried = campaign.tally.fresh + campaign.tally.underWay + commands.count
        if campaign.status == .canary, tried > campaign.plan.canary {
            fail("I19", "campaign \(id) tries \(tried) in its canary of \(campaign.plan.canary)")
        }
        commandsSent[id, default: 0] += commands.count
        let seconds = Double(world.now - campaign.createdAt) / 1e6
        let allowed = Double(beginnings[id] ?? 0) + campaign.plan.rate * seconds
        if Double(commandsSent[id] ?? 0) > allowed + 0.001 {
            fail("I19", "campaign \(id) has sent \(commandsSent[id] ?? 0) commands, \(allowed) were its pace")
        }
    }

    /// I21: a command is answered once; what was refused is not done later.
    func answering(_ decision: Decision, _ before: Tables) {
        guard isStrict else { return }
        for audit in decision.audits {
            guard let first = before.audits[audit.requestID], first.isDone != audit.isDone else { continue }
            fail("I21", "command \(audit.requestID.asText) was \(first.isDone ? "done" : "refused"), now the other way")
        }
    }

    /// I20: a task that failed is revived once, however often and by whom that was asked for.
    func reviving(_ decision: Decision, _ before: Tables) {
        guard isStrict else { return }
        for task in decision.redriven {
            let tries = before.tasks[task.runID]?[task.taskID]?.attempts ?? 0
            let name = "\(task.runID)/\(task.taskID)/\(tries)"
            if !revived.insert(name).inserted { fail("I20", "\(name) is revived a second time") }
        }
    }
}
