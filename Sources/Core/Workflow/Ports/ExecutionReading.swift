/// Who executes tasks now, as executors show it; a hint that nothing is decided by.
public protocol ExecutionReading {
    func executions(of runID: String, _ taskIDs: [String]) throws(AccessFailure) -> [String: TaskExecution]
}

/// An attempt at work, as its executor shows it.
public struct TaskExecution: Equatable, Sendable {
    public let workerID: String
    public let attempt: Int
    public let since: String

    public init(workerID: String, attempt: Int, since: String) {
        self.workerID = workerID
        self.attempt = attempt
        self.since = since
    }
}
