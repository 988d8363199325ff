import JSON
import Workflow

/// What must hold of retry rows when a worker touches them.
extension Checks {
    /// I7: only an attempt that is to come is claimed, and not while its run is paused.
    func claiming(_ key: AttemptKey, _ row: Tables.Retry, by me: Incarnation) {
        let name = "\(key.runID)/\(key.taskID)/\(key.attempt)"
        if let until = row.claimedUntil, until > store.now {
            fail("I7", "\(me.name) claims retry \(name), which \(row.claimedBy ?? "nobody") holds")
        }
        guard let run = store.tables.runs[key.runID], let task = store.tables.tasks[key.runID]?[key.taskID] else {
            return fail("I7", "retry \(name) is claimed, and there is no task of it")
        }
        if run.state.status != .running { fail("I7", "retry \(name) is claimed, and its run is \(run.state.status)") }
        if task.status != .retrying { fail("I7", "retry \(name) is claimed, and the task is \(task.status)") }
    }

    /// I15: a retry row goes when its message is on the queue, put there after the row was written.
    func removing(_ key: AttemptKey, by me: Incarnation) {
        guard let row = store.tables.retries[key] else { return }
        guard (lastQueued[key] ?? -1) < row.writtenAt else { return }
        fail("I15", "\(me.name) removes retry \(key.runID)/\(key.taskID)/\(key.attempt), which is not on the queue")
    }
}
