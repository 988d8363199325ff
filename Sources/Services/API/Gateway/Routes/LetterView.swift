import JSON
import Workflow

extension JSONWriter {
    mutating func write(_ letter: LetterEntry, for caller: Caller) {
        beginObject()
        member("id", int: letter.id)
        member("message_id", string: letter.messageID)
        member("kind", string: letter.kind)
        member("state", string: letter.state)
        member("reason", string: letter.reason)
        put("run_id", letter.runID)
        put("task_id", letter.taskID)
        put("handler", letter.handler)
        member("attempts", int: letter.attempts)
        put("flow_id", letter.flowID)
        put("session_id", letter.sessionID)
        put("tenant_id", letter.tenantID)
        member("failed_at", string: letter.failedAt)
        member("fingerprint", string: letter.fingerprint)
        put("error_class", letter.errorClass)
        put("error_type", letter.errorType)
        member("error", string: letter.error)
        put("closed_at", letter.closedAt)
        put("closed_by", letter.closedBy)
        put("closed_reason", letter.closedReason)
        payload("task", letter.task, for: caller)
        payload("original", letter.original, for: caller)
        if let value = letter.value, caller.seesPayloads { member("value_base64", string: Base64.encode(value)) }
        endObject()
    }

    mutating func write(_ print: FingerprintEntry) {
        beginObject()
        member("fingerprint", string: print.fingerprint)
        put("handler", print.handler)
        put("error_class", print.errorClass)
        put("error_type", print.errorType)
        member("pattern", string: print.pattern)
        member("example", string: print.example)
        member("first_seen", string: print.firstSeen)
        member("last_seen", string: print.lastSeen)
        member("letters", int: print.letters)
        member("open", int: print.open)
        put("note", print.note)
        put("owner", print.owner)
        member("muted", bool: print.isMuted)
        key("trend")
        beginArray()
        for hour in print.trend { int(hour) }
        endArray()
        endObject()
    }

    mutating func write(_ campaign: CampaignEntry) {
        beginObject()
        member("campaign_id", string: campaign.campaignID)
        member("status", string: campaign.status.rawValue)
        put("sentence", campaign.sentence)
        member("selection", raw: campaign.selection)
        let (plan, tally) = (campaign.plan, campaign.tally)
        let counts: [(StaticString, Int)] = [
            ("items", tally.items), ("waiting", tally.waiting), ("under_way", tally.underWay),
            ("succeeded", tally.succeeded), ("failed", tally.failed), ("refused", tally.refused),
            ("dropped", tally.dropped), ("canary", plan.canary), ("concurrency", plan.concurrency),
            ("stop_after", plan.stopAfter),
        ]
        for (name, count) in counts { member(name, int: count) }
        member("rate", raw: Array("\(plan.rate)".utf8)[...])
        member("stop_ratio", raw: Array("\(plan.stopRatio)".utf8)[...])
        put("actor", campaign.actor)
        put("reason", campaign.reason)
        member("created_at", string: campaign.createdAt)
        member("updated_at", string: campaign.updatedAt)
        put("ended_at", campaign.endedAt)
        endObject()
    }

    mutating func write(_ entry: CampaignItemEntry) {
        beginObject()
        member("item", int: entry.item.item)
        member("status", string: entry.status)
        member("run_id", string: entry.item.runID)
        member("task_id", string: entry.item.taskID)
        member("attempt", int: entry.item.attempt)
        member("message_id", string: entry.item.messageID)
        member("request_id", string: entry.item.requestID)
        put("detail", entry.detail)
        put("sent_at", entry.sentAt)
        put("ended_at", entry.endedAt)
        endObject()
    }

    mutating func write(_ preview: CampaignPreview) {
        beginObject()
        member("letters", int: preview.letters)
        key("shares")
        beginArray()
        for share in preview.shares {
            beginObject()
            member("letters", int: share.letters)
            member("runs", int: share.runs)
            member("redrivable", bool: share.obstacle == nil)
            put("obstacle", share.obstacle)
            put("oldest", share.oldest)
            endObject()
        }
        endArray()
        endObject()
    }
}
