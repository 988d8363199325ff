import Foundation

/// Everything a load left behind: rows, records, what Redis shows. A plain value, so that the checker can be tested
/// with histories that never happened.
package struct History: Sendable {
    package var runs: [RunRow] = []
    package var tasks: [TaskRow] = []
    package var attempts: [AttemptRow] = []
    /// Task messages in the order of their partitions.
    package var dispatches: [TopicRecord] = []
    /// Results, of both topics.
    package var results: [TopicRecord] = []
    package var deadLetters: [TopicRecord] = []
    /// What handlers wrote down themselves, one line each execution: `run task`. Nil where the load kept no ledger.
    package var ledger: [String]?
    /// `run:{id}:state` by run id; runs without a mirror are absent.
    package var mirrors: [String: JSONTree] = [:]
    /// Records not yet behind a checkpoint, outbox rows, retry rows that are overdue.
    package var unread = 0
    package var outboxRows = 0
    package var overdueRetries = 0
    package var logs: [String: String] = [:]

    package init() {}
}

extension Fleet {
    /// Gathers the history once nothing moves any more. A second is given for mirrors, positions and lag to settle.
    package func history(ledger: [String]? = nil) throws -> History {
        var history = History()
        history.runs = try rows("select * from flow_run_history")
        history.tasks = try rows("select * from task_execution_history")
        history.attempts = try rows("select * from task_attempts")
        history.dispatches = try read(.taskQueue)
        history.results = try read(.taskDone) + read(.taskFailed)
        history.deadLetters = try read(.deadLetters)
        history.ledger = ledger
        history.mirrors = try mirrors(of: history.runs.map(\.run_id))
        Waiting.until(5) {
            history.unread = (try? unread()) ?? -1
            history.outboxRows = number("select count(*) from lane_outbox") ?? -1
            return history.unread == 0 && history.outboxRows == 0
        }
        history.overdueRetries = number("select count(*) from task_retries where due_at < now() - interval '5 s'") ?? -1
        for process in processes { history.logs[process.name] = process.logText }
        return history
    }

    /// Records of the input topics that no checkpoint has passed.
    private func unread() throws -> Int {
        let checkpoints = try rows("select lane, offsets from lane_checkpoint", as: Checkpoint.self)
        guard !checkpoints.isEmpty else { return -1 }
        var unread = 0
        for checkpoint in checkpoints {
            for topic in [Topic.flowRuns, .taskDone, .taskFailed] {
                let end = try end(of: topic, partition: checkpoint.lane)
                unread += max(0, end - checkpoint.position(of: topic))
            }
        }
        return unread
    }

    private struct Checkpoint: Decodable {
        let lane: Int
        let offsets: JSONTree

        /// Positions are an object by topic, or an array in the order requests, done, failed.
        func position(of topic: Topic) -> Int {
            if let list = offsets.array {
                let index = [Topic.flowRuns, .taskDone, .taskFailed].firstIndex(of: topic) ?? 0
                return index < list.count ? list[index].int ?? 0 : 0
            }
            return offsets[topic.rawValue]?.int ?? 0
        }
    }

    private func mirrors(of runs: [String]) throws -> [String: JSONTree] {
        var found: [String: JSONTree] = [:]
        for start in stride(from: 0, to: runs.count, by: 500) {
            let part = runs[start..<min(start + 500, runs.count)]
            let keys = part.map { "\(id):run:\($0):state" }
            let result = try Command.succeed("redis-cli", ["-u", services.redis, "--json", "MGET"] + keys)
            let values = try JSONTree(text: result.output).array ?? []
            for (run, value) in zip(part, values) {
                if let text = value.string { found[run] = try JSONTree(text: Data(text.utf8)) }
            }
        }
        return found
    }
}
