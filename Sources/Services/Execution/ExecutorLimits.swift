import Workflow

/// How much an executor takes on, and how long it waits. Times in microseconds.
public struct ExecutorLimits: Sendable {
    /// Attempts at once that take more than an instant.
    public var slots = 64
    /// Records taken from the log and not started yet.
    public var waitingRecords = 2_000
    public var waitingBytes = 32 << 20
    /// Records one `receive` brings.
    public var receiveRecords = 256
    /// Records a partition may have waiting while its window is full, before it is paused.
    public var blockedRecords = 64
    /// Results on their way to the log, in bytes, above which nothing is started.
    public var unreportedBytes = 32 << 20
    /// What an output may have: contracts.md, 900 KB.
    public var outputBytes = Limits.payloadBytes
    /// The time limit of a task whose message names none.
    public var taskTimeout: Int64 = 300_000_000
    /// What a handler has to end in after it was told to.
    public var cancelGrace: Int64 = 1_000_000
    /// How long partitions that go are kept for what runs.
    public var revokeGrace: Int64 = 2_000_000
    /// What is given to reports of holding and handing back, once they are due.
    public var reportGrace: Int64 = 1_000_000
    /// After this long the lane is told that an attempt takes long, and then again and again.
    public var holdAfter: Int64 = 30_000_000
    public var holdInterval: Int64 = 30_000_000
    /// For how long each such word counts: more than one interval, so that one may come late.
    public var holdTime: Int64 = 60_000_000
    /// Without it, what takes long stays with Kafka alone.
    public var reportsHeld = true
    /// What may have ended a process before starts so many at a time.
    public var suspects = 16
    /// Handlers that never end are borne up to this number; each further one costs a slot.
    public var abandoned = 16
    /// Threads for handlers, beside those for handlers that never end and are borne.
    public var threads = 512
    /// Between two pictures for people.
    public var showInterval: Int64 = 1_000_000
    /// Between two commits under load, and when there is nothing else to do.
    public var commitInterval: Int64 = 1_000_000
    public var idleCommitInterval: Int64 = 100_000
    /// So many finished records are committed before the interval has passed: they are what may run again after a kill.
    public var commitRecords = 1_000
    public var busyCommitInterval: Int64 = 20_000
    /// Between two questions for cancelled runs.
    public var signalInterval: Int64 = 200_000
    /// How long the log is simply left alone when there is no room, before partitions are paused: a pause throws away
    /// what was fetched.
    public var pauseAfter: Int64 = 200_000
    /// The longest wait for something to happen.
    public var idleWait: Int64 = 100_000

    public init() {}
}

/// What an executor did since it was made. Read by its own thread.
public struct ExecutorCounts: Sendable, Equatable {
    public var received = 0
    public var succeeded = 0
    public var failed = 0
    public var undecodable = 0
    /// Records that a former owner had finished: not run again.
    public var skipped = 0
    public var timedOut = 0
    public var cancelled = 0
    /// Handlers that did not end although they were told to.
    public var abandoned = 0
    /// Records without a result or a word when their partition or this process went: they run again elsewhere.
    public var leftBehind = 0
    /// Attempts that were given back to their lanes.
    public var handedBack = 0
    /// Words of holding.
    public var holds = 0
    /// Starts that were named before, and tasks that are not started any more.
    public var suspects = 0
    public var poison = 0
    public var republished = 0
    public var commits = 0
    public var failedCommits = 0
    public var pauses = 0
    public var rebalances = 0
    public var published = 0
    /// Tasks that were run in the segments of those before them.
    public var followed = 0

    public init() {}
}
