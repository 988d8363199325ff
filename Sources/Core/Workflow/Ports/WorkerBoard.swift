public import JSON

/// One attempt that runs now, as people may see it.
public struct TaskLease: Sendable, Equatable {
    public let runID: Bytes
    public let taskID: Bytes
    public let attempt: Int
    /// When it started: wall clock, microseconds since 1970.
    public let since: Microseconds
    /// What its handler last said of how far it is: a JSON value.
    public let progress: Bytes?

    public init(runID: Bytes, taskID: Bytes, attempt: Int, since: Microseconds, progress: Bytes?) {
        self.runID = runID
        self.taskID = taskID
        self.attempt = attempt
        self.since = since
        self.progress = progress
    }
}

/// What a worker does now, as people may see it.
public struct WorkerPicture: Sendable, Equatable {
    public var slots = 0
    public var slotsInUse = 0
    /// Handlers that were given up and have not ended yet.
    public var abandoned = 0
    public var partitions = 0
    public var isStopping = false
    public var leases: [TaskLease] = []

    public init() {}
}

/// Where people see who runs what. No decision depends on it; a board that has to wait does so elsewhere.
public protocol WorkerBoard: AnyObject {
    /// Replaces what was shown before.
    func show(_ picture: WorkerPicture)

    /// The worker ends in order: takes everything down, waiting no longer than is polite.
    func clear()
}
