public import JSON

/// A partition of one of the task topics. `topic` counts the topics the log was made for, from 0.
public struct TaskPartition: Hashable, Sendable {
    public let topic: Int
    public let partition: Int32

    public init(topic: Int, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

/// One record of a task topic. `value` is the reader's own copy, perhaps a slice of one that it shares with records
/// that came with it; nil when the record has none.
public struct TaskLogRecord: Sendable {
    public let partition: TaskPartition
    public let offset: Int64
    public var value: Bytes?
    /// The header of that name; goes on with the result.
    public let traceparent: [UInt8]?
    /// When it was published, in milliseconds since 1970; nil where nobody knows.
    public let timestamp: Int64?

    public init(
        partition: TaskPartition, offset: Int64, value: Bytes?, traceparent: [UInt8]? = nil, timestamp: Int64? = nil
    ) {
        self.partition = partition
        self.offset = offset
        self.value = value
        self.traceparent = traceparent
        self.timestamp = timestamp
    }
}

/// A partition this process was given, with what its former owner committed. `offset` is nil where nobody did:
/// the log then begins where its settings say, and tells where by the first record.
public struct TaskAssignment: Sendable {
    public let partition: TaskPartition
    public let offset: Int64?
    public let metadata: Bytes?
    /// Where the log ended, asked for after the former owner was gone: what comes behind it, nobody has seen. Nil when
    /// nobody knows.
    public let end: Int64?

    public init(partition: TaskPartition, offset: Int64?, metadata: Bytes?, end: Int64? = nil) {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
        self.end = end
    }
}

/// A position to commit: everything below `offset` is finished, `metadata` says what is above it.
public struct TaskCommit: Sendable, Equatable {
    public let partition: TaskPartition
    public let offset: Int64
    public let metadata: [UInt8]

    public init(partition: TaskPartition, offset: Int64, metadata: [UInt8]) {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// A record on its way out. `token` comes back in its report.
public struct ResultRecord: Sendable {
    public enum Topic: Sendable { case done, failed, deadLetters }

    public let topic: Topic
    /// The partition it must go to; nil, or one the topic does not have: the one its key hashes to.
    public let lane: Int32?
    public let key: Bytes
    public let value: [UInt8]
    public let traceparent: [UInt8]?
    public let token: Int

    public init(topic: Topic, lane: Int32?, key: Bytes, value: [UInt8], traceparent: [UInt8]?, token: Int) {
        self.topic = topic
        self.lane = lane
        self.key = key
        self.value = value
        self.traceparent = traceparent
        self.token = token
    }
}

/// What became of a result.
public enum TaskDelivery: Sendable, Equatable {
    case delivered
    /// It is not known to be in the log: it has to be published again.
    case undelivered
    /// The log will never take it.
    case tooLarge
}

/// What the log has to tell besides records.
public enum TaskLogEvent: Sendable {
    /// Partitions came. No record of them comes before `begin` was called for them.
    case assigned([TaskAssignment])
    /// Partitions go. They stay ours until `release` is called, which has to be soon; no further record of them comes.
    case revoking([TaskPartition])
    /// Partitions are gone already: nothing can be committed for them any more. Wants no `release`.
    case lost([TaskPartition])
    case reported(token: Int, TaskDelivery)
    /// What became of a commit that nobody waited for.
    case committed(Bool)
    /// The log cannot be reached, or can again.
    case reachable
    case unreachable(String)
}

/// What one call of `receive` brought. Kept and cleared by the caller, so that it allocates nothing once warm.
/// Events are to be handled before records.
public struct TaskIntake {
    public var events: [TaskLogEvent] = []
    public var records: [TaskLogRecord] = []

    public init() {}

    public mutating func clear() {
        events.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
    }
}

/// The log refused or did not answer in time. The same call may be made again.
public struct TaskLogError: Error, Sendable, Equatable {
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }
}

/// The topics of tasks and results, as an executor uses them. One thread calls everything but `wake`.
///
/// Records of a partition come in rising offsets; a lower one means that the log was cut or made anew.
public protocol TaskLog: AnyObject {
    /// Takes what is there: at most `limit` records, waiting at most `wait` microseconds for the first happening.
    func receive(into intake: inout TaskIntake, limit: Int, wait: Int64)

    /// Commits the positions, waits for the answer, and lets the records of the partitions come: from there on, or
    /// from where the log's settings say for a partition without a position.
    func begin(_ partitions: [TaskPartition], committing positions: [TaskCommit]) throws(TaskLogError)

    /// Starts sending; each result is reported once, later. Returns how many were taken, from the front: the rest has
    /// to be offered again.
    func publish(_ results: [ResultRecord]) -> Int

    /// Starts a commit; its outcome comes as an event.
    func commit(_ positions: [TaskCommit])

    /// Commits what is given and waits for the answer. When it throws, nobody knows whether it is committed.
    func commitNow(_ positions: [TaskCommit]) throws(TaskLogError)

    /// Commits what is given and waits for the answer, then gives up the partitions of the last `revoking`. They are
    /// given up even if the commit fails.
    func release(committing positions: [TaskCommit]) throws(TaskLogError)

    func pause(_ partitions: [TaskPartition])
    func resume(_ partitions: [TaskPartition])

    /// The name of a topic, for dead letters.
    func name(ofTopic topic: Int) -> String

    /// Commits what is given, waits for what is still on its way and leaves, within the given time.
    func close(committing positions: [TaskCommit], within wait: Int64)
}
