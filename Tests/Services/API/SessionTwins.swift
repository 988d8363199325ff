import JSON
import Workflow

@testable import API

/// Rows of sessions in memory: what a retry looks at, and nothing else.
final class SessionRowsTwin: SessionReading {
    /// In the order of their runs.
    var failed: [SessionTask] = []

    /// - `query`: a number that its run was asked for with; kept as its attempts.
    static func task(_ run: String, _ task: String, query: String = "") -> SessionTask {
        SessionTask(
            name: TaskName(runID: run, taskID: task), sessionID: "s", runStatus: "failed", taskStatus: "failed",
            attempts: Int(query) ?? 0)
    }

    func session(_ id: String) throws(AccessFailure) -> SessionRecord? {
        var record = SessionRecord()
        record.sessionID = id
        return record
    }

    func failedTasks(
        of id: String, queries: [String]?, after: SessionTask?, limit: Int
    ) throws(AccessFailure) -> [SessionTask] {
        let start = after.flatMap { last in failed.firstIndex { $0.name == last.name } }.map { $0 + 1 } ?? 0
        return Array(failed[start...].lazy.filter { queries?.contains("\($0.attempts)") ?? true }.prefix(limit))
    }

    func tasks(_ tasks: [TaskName]) throws(AccessFailure) -> [SessionTask] {
        failed.filter { tasks.contains($0.name) }
    }

    func tasks(ofLetters ids: [Int]) throws(AccessFailure) -> [Int: TaskName] { [:] }
    func runs(of id: String, withQueries queries: [String]) throws(AccessFailure) -> [String] { [] }
    func sessions(tenantID: String?, before: String?, limit: Int) throws(AccessFailure) -> [SessionRecord] { [] }
    func counts(of id: String) throws(AccessFailure) -> SessionCounts { SessionCounts() }
    func heldBack(of id: String) throws(AccessFailure) -> [SessionHold] { [] }
    func durations(of id: String) throws(AccessFailure) -> SessionDurations { SessionDurations() }
    func retries(of id: String) throws(AccessFailure) -> SessionRetryCounts { SessionRetryCounts() }
    func failures(of id: String, limit: Int) throws(AccessFailure) -> [SessionFailure] { [] }
    func stages(of id: String, runs: Int) throws(AccessFailure) -> [StageStatistics] { [] }
    func stages(ofFlow flowID: String, since: String, runs: Int) throws(AccessFailure) -> [StageStatistics] { [] }
    func openRuns(of id: String, after: String, limit: Int) throws(AccessFailure) -> [String] { [] }
}

/// Keeps one retry; what was created is given to be sent, over and over, until somebody answers.
final class RetryKeeperTwin: SessionRetryKeeping {
    var record: SessionRetryRecord?
    var items: [SessionRetryItem] = []
    var counts = SessionRetryTally()
    var progress: [SessionRetryProgress] = []
    private(set) var cancelledBy: [String] = []
    private(set) var looks = 0

    func create(
        _ retry: SessionRetryRecord, _ items: [SessionRetryItem], sending: Int, open: Int
    ) throws(AccessFailure) -> Int? {
        guard record == nil else { return nil }
        (record, self.items) = (retry, items)
        return min(sending, items.count)
    }

    func retry(_ retryID: String, tenantID: String?) throws(AccessFailure) -> SessionRetryRecord? { record }

    func retries(
        of sessionID: String, tenantID: String?, before: String?, limit: Int
    ) throws(AccessFailure) -> [SessionRetryRecord] { [] }

    func tally(of retryID: String) throws(AccessFailure) -> SessionRetryTally { counts }

    func items(
        of retryID: String, state: SessionRetryItem.State?, after: String?, limit: Int
    ) throws(AccessFailure) -> [SessionRetryItem] { items }

    func cancel(_ retryID: String, _ wish: Wish) throws(AccessFailure) -> Bool {
        cancelledBy.append(wish.actor ?? "")
        record?.cancelledAt = "now"
        return true
    }

    func underWay(limit: Int) throws(AccessFailure) -> [SessionRetryProgress] {
        looks += 1
        return progress
    }

    func take(_ limit: Int, open: Int) throws(AccessFailure) -> [SessionRetryCommand] {
        items.map { SessionRetryCommand(item: $0, actor: nil, reason: nil) }
    }
}

/// Takes messages while it is there.
final class PublisherTwin: RequestPublishing {
    var isAway = false
    private(set) var sent: [RunMessage] = []

    func publish(runID: String, request: Bytes) throws(AccessFailure) {
        try publish([RunMessage(runID: runID, value: request)])
    }

    func publish(_ messages: [RunMessage]) throws(AccessFailure) {
        if isAway { throw AccessFailure(.unreachable, "no answer") }
        sent += messages
    }
}
