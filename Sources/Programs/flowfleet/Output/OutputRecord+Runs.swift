import Workflow

extension OutputRecord {
    /// A run; in a list the table keeps to what fits a line.
    init(_ run: RunRecord, inList: Bool) {
        self.init()
        add("run_id", .text(run.runID))
        add("flow_id", .text(run.flowID))
        add("flow_version", Value(run.flowVersion), inTable: !inList)
        add("status", .text(run.status))
        add("degraded", run.isDegraded ? .bool(true) : .absent, inTable: !inList)
        add("session_id", .text(run.sessionID), inTable: !inList)
        add("tenant_id", .text(run.tenantID), inTable: !inList)
        add("user_id", .text(run.userID), inTable: !inList)
        add("correlation_id", .text(run.correlationID), inTable: !inList)
        add("lane", .number(run.lane), inTable: !inList)
        add("labels", Value(json: run.labels), inTable: !inList)
        add("parent_run_id", Value(run.parentRunID), inTable: !inList)
        add("retry_from_stage", Value(run.retryFromStage), inTable: !inList)
        add("created_at", .text(run.createdAt))
        add("updated_at", .text(run.updatedAt), inTable: false)
        add("completed_at", Value(run.completedAt))
        add("definition_sha256", Value(run.definitionSHA256), inTable: false)
        add("input", Value(json: run.input), inTable: false)
        add("output", Value(json: run.output), inTable: false)
        add("error", Value(run.error))
        add("paused_at", Value(run.pausedAt), inTable: false)
        add("waiting", Value(run.waiting), inTable: !inList)
    }

    init(_ task: TaskRecord) {
        self.init()
        add("task_id", .text(task.taskID))
        add("handler", .text(task.handler))
        add("pool", Value(task.pool), inTable: false)
        add("status", .text(task.status))
        add("attempts", .number(task.attempts))
        add("execution_time_ms", Value(task.executionMilliseconds))
        add("worker_id", Value(task.workerID), inTable: false)
        add("started_at", Value(task.startedAt), inTable: false)
        add("completed_at", Value(task.completedAt))
        add("next_retry_at", Value(task.nextRetryAt), inTable: false)
        add("error_class", Value(task.errorClass), inTable: false)
        add("error", Value(task.error), inTable: false)
        add("waiting", Value(task.waiting), inTable: false)
        add("input", Value(json: task.input), inTable: false)
        add("output", Value(json: task.output), inTable: false)
        add("reused_from", Value(task.reusedFrom), inTable: false)
        add("note", Value(task.note))
    }
}

extension TaskRecord {
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
