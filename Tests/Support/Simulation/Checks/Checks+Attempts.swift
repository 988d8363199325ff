import JSON
import Workflow

/// I6: an attempt that counts was answered, by its number or by none; or the lane itself gave it up, and had read
/// everything that speaks against that.
extension Checks {
    func checkAttempt(_ row: AttemptRow, _ before: Tables, _ after: Tables) {
        let key = AttemptKey(runID: row.runID, taskID: row.taskID, attempt: row.attempt)
        let name = "\(row.runID)/\(row.taskID)/\(row.attempt)"
        if isVerdict(row) { return checkVerdict(row, key, name, before, after) }
        guard answers(for: key).isEmpty else { return }
        fail("I6", "attempt \(name) is counted as \(row.status), and nobody answered it")
    }

    private func isVerdict(_ row: AttemptRow) -> Bool {
        let words = row.error?.asText ?? ""
        return words.hasPrefix("worker_lost: nothing was heard")
            || words.hasPrefix("timeout: the task did not end within")
    }

    /// Given up by the lane: it was held, and neither its answer nor a longer hold lies unread on the lane, sent while
    /// the hold still ran.
    private func checkVerdict(
        _ row: AttemptRow, _ key: AttemptKey, _ name: String, _ before: Tables, _ after: Tables
    ) {
        world.traffic.disturbed.insert(row.runID.description)
        guard holds[key]?.contains(where: { $0.span > 0 }) == true else {
            return fail("I6", "attempt \(name) is counted as lost, and nobody held it")
        }
        guard row.errorClass == .workerLost, let run = after.runs[row.runID],
            let until = before.tasks[row.runID]?[row.taskID]?.heldUntil, let place = after.checkpoints[run.lane]
        else { return }
        for topic in [InputTopic.taskDone, .taskFailed] {
            let partition = world.log.topic(topic).partitions[Int(run.lane)]
            for record in partition.records where record.offset >= place.position[topic] && !record.isCopy {
                guard record.time + store.clockOffset <= until, speaks(of: key, record, topic, run.lane) else {
                    continue
                }
                fail(
                    "I16", "attempt \(name) is counted as lost, and word of it lies unread at \(topic)/\(record.offset)"
                )
            }
        }
    }

    private func speaks(of key: AttemptKey, _ record: SimRecord, _ topic: InputTopic, _ lane: Int32) -> Bool {
        guard case .result(let result) = read(world.log.topic(topic), Int(lane), record) else { return false }
        return result.runID == key.runID && result.taskID == key.taskID && result.attempt == key.attempt
    }

    /// I17: an attempt that was dispatched comes again without having failed only if the executors came past its
    /// message, or somebody gave it back.
    func checkRetry(_ row: RetryRow, _ decision: Decision, _ before: Tables, _ after: Tables) {
        let key = AttemptKey(runID: row.runID, taskID: row.taskID, attempt: row.attempt)
        if dispatched.contains(key) { cameAgain.insert(key) }
        if !dispatched.contains(key), row.attempt == 0 { world.count("segment gone on with elsewhere") }
        guard isStrict, dispatched.contains(key), holds[key]?.contains(where: { $0.span == 0 }) != true,
            before.retries[key] == nil
        else { return }
        let name = "\(row.runID)/\(row.taskID)/\(row.attempt)"
        guard let unread = firstUnread[key] else { return world.count("attempt dispatched again") }
        let reached = world.log.tasks.committed[unread.partition]?.offset ?? 0
        guard let record = world.log.taskQueue.partitions[Int(unread.partition)][unread.offset],
            Self.attempt(JSONValue(trusted: record.value ?? [])) == key, unread.offset >= reached
        else { return world.count("attempt dispatched again") }
        fail(
            "I17",
            "attempt \(name) comes again, and its message at \(unread.partition)/\(unread.offset) was not reached")
    }
}
