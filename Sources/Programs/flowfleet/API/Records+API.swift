import Workflow

/// What the gateway says of runs and tasks, as the views take it.
extension RunRecord {
    init(_ object: APIObject) {
        self.init()
        runID = object.text("run_id") ?? ""
        flowID = object.text("flow_id") ?? ""
        status = object.text("status") ?? ""
        isDegraded = object.bool("degraded")
        error = object.text("error")
        completedAt = object.text("completed_at")
        waiting = object.text("waiting")
    }
}

extension TaskRecord {
    init(_ object: APIObject) {
        self.init()
        taskID = object.text("task_id") ?? ""
        status = object.text("status") ?? ""
        attempts = object.int("attempts") ?? 0
        error = object.text("error")
        executionMilliseconds = object.int("execution_time_ms")
        nextRetryAt = object.text("next_retry_at")
        waitingFor = object.texts("waiting_for")
        waiting = object.text("waiting")
        reusedFrom = object.text("reused_from")
    }

    /// What a person wants to know about the task beside its status.
    var note: String? {
        if let waiting { return (status == "retrying" ? "parked: " : "waits: ") + waiting }
        if let error = error { return nextRetryAt.map { "again at \($0): \(error)" } ?? error }
        if let reusedFrom { return "reused from \(reusedFrom)" }
        if !waitingFor.isEmpty {
            let some = waitingFor.prefix(5).joined(separator: ", ")
            return "waits for " + some + (waitingFor.count > 5 ? " and \(waitingFor.count - 5) more" : "")
        }
        return status == "pending" ? "dispatched" : nil
    }
}

extension CampaignEntry {
    init(_ object: APIObject) {
        self.init()
        campaignID = object.text("campaign_id") ?? ""
        status = object.text("status").flatMap(CampaignStatus.init(rawValue:)) ?? .canary
        sentence = object.text("sentence")
        (tally.waiting, tally.underWay) = (object.int("waiting") ?? 0, object.int("under_way") ?? 0)
        (tally.succeeded, tally.failed) = (object.int("succeeded") ?? 0, object.int("failed") ?? 0)
        (tally.refused, tally.dropped) = (object.int("refused") ?? 0, object.int("dropped") ?? 0)
    }
}
