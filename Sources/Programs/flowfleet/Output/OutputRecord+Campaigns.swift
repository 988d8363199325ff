import API
import Workflow

extension OutputRecord {
    init(_ campaign: CampaignEntry, inList: Bool) {
        self.init()
        let tally = campaign.tally
        add("campaign_id", .text(campaign.campaignID))
        add("status", .text(campaign.status.rawValue))
        add("items", .number(tally.items))
        add("waiting", .number(tally.waiting))
        add("under_way", .number(tally.underWay))
        add("succeeded", .number(tally.succeeded))
        add("failed", .number(tally.failed))
        add("refused", .number(tally.refused))
        add("dropped", .number(tally.dropped), inTable: !inList)
        add("canary", .number(campaign.plan.canary), inTable: !inList)
        add("rate", .json(Array(RetryTimeline.text(campaign.plan.rate).utf8)[...]), inTable: !inList)
        add("concurrency", .number(campaign.plan.concurrency), inTable: !inList)
        add("stop_ratio", .json(Array("\(campaign.plan.stopRatio)".utf8)[...]), inTable: !inList)
        add("stop_after", .number(campaign.plan.stopAfter), inTable: !inList)
        add("selection", .json(campaign.selection), inTable: !inList)
        add("actor", Value(campaign.actor), inTable: !inList)
        add("reason", Value(campaign.reason), inTable: !inList)
        add("created_at", .text(campaign.createdAt))
        add("updated_at", .text(campaign.updatedAt), inTable: false)
        add("ended_at", Value(campaign.endedAt), inTable: !inList)
        add("sentence", Value(campaign.sentence))
    }

    init(_ entry: CampaignItemEntry) {
        self.init()
        add("item", .number(entry.item.item))
        add("status", .text(entry.status))
        add("run_id", .text(entry.item.runID))
        add("task_id", .text(entry.item.taskID))
        add("attempt", .number(entry.item.attempt), inTable: false)
        add("message_id", .text(entry.item.messageID), inTable: false)
        add("request_id", .text(entry.item.requestID), inTable: false)
        add("sent_at", Value(entry.sentAt))
        add("ended_at", Value(entry.endedAt))
        add("detail", Value(entry.detail))
    }

    init(_ share: CampaignPreview.Share) {
        self.init()
        add("letters", .number(share.letters))
        add("runs", .number(share.runs))
        add("oldest", Value(share.oldest))
        add("redrivable", .bool(share.obstacle == nil))
        add("obstacle", Value(share.obstacle))
    }

    init(_ worker: WorkerEntry) {
        self.init()
        add("kind", .text("worker"), inTable: false)
        add("worker_id", .text(worker.workerID))
        add("program", Value(worker.program))
        add("host", Value(worker.host), inTable: false)
        add("pid", Value(worker.processID), inTable: false)
        add("version", Value(worker.version))
        add("slots", Value(worker.slots))
        add("slots_in_use", Value(worker.slotsInUse))
        add("abandoned", Value(worker.abandoned))
        add("partitions", Value(worker.partitions))
        add("stopping", .bool(worker.isStopping))
        add("since", Value(worker.since))
        add("seen_at", Value(worker.seenAt))
        add("pools", .text(worker.pools.joined(separator: ",")))
        add("handlers", .text(worker.handlers.joined(separator: ",")))
    }

    init(_ breaker: BreakerEntry) {
        self.init()
        add("kind", .text("breaker"), inTable: false)
        add("handler", .text(breaker.handler))
        add("tenant_id", .text(breaker.tenantID))
        add("state", .text(breaker.state))
        add("parked", .number(breaker.parked))
        add("opened_at", .text(breaker.openedAt))
        add("reason", .text(breaker.reason))
    }
}
