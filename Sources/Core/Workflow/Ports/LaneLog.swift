public import JSON

/// The three topics a lane is made of, in the order a turn prefers nothing: records keep the order they came in.
public enum InputTopic: UInt8, CaseIterable, Sendable {
    case flowRuns, taskDone, taskFailed

    public var name: StaticString {
        switch self {
        case .flowRuns: "flow_runs"
        case .taskDone: "task_done"
        case .taskFailed: "task_failed"
        }
    }
}

/// One record as it came from the log; its bytes are owned by the record.
public struct InputRecord: Sendable {
    public var topic: InputTopic
    public var lane: Int32
    public var offset: Int64
    public var key: Bytes?
    /// Absent for a tombstone.
    public var value: Bytes?
    /// `ce_type` header, when a producer speaks CloudEvents in binary mode.
    public var eventType: Bytes?
    public var traceparent: Bytes?
    /// The record's own time: the same whenever it is read. A producer may have set it to anything.
    public var time: Microseconds

    public init(
        topic: InputTopic, lane: Int32, offset: Int64, key: Bytes? = nil, value: Bytes?,
        eventType: Bytes? = nil, traceparent: Bytes? = nil, time: Microseconds = 0
    ) {
        self.topic = topic
        self.lane = lane
        self.offset = offset
        self.key = key
        self.value = value
        self.eventType = eventType
        self.traceparent = traceparent
        self.time = min(max(time, 0), Timestamp.last)
    }

    /// What it takes in memory, roughly.
    public var byteCount: Int { (key?.count ?? 0) + (value?.count ?? 0) }
}

/// Next offsets of a lane's three partitions.
public struct LanePosition: Sendable, Equatable {
    public var flowRuns: Int64
    public var taskDone: Int64
    public var taskFailed: Int64

    public init(flowRuns: Int64, taskDone: Int64, taskFailed: Int64) {
        self.flowRuns = flowRuns
        self.taskDone = taskDone
        self.taskFailed = taskFailed
    }

    public subscript(topic: InputTopic) -> Int64 {
        get {
            switch topic {
            case .flowRuns: flowRuns
            case .taskDone: taskDone
            case .taskFailed: taskFailed
            }
        }
        set {
            switch topic {
            case .flowRuns: flowRuns = newValue
            case .taskDone: taskDone = newValue
            case .taskFailed: taskFailed = newValue
            }
        }
    }
}

/// What the log noticed while it was polled, beside records.
public struct LogSignals: Sendable {
    /// The whole new set of lanes (all three partitions each), when the group gave us one.
    public var assigned: [Int32]?
    /// Everything was taken from us; nothing of the old lanes may be decided any more.
    public var revoked = false
    /// Positions that no longer exist.
    public var missing: [(topic: InputTopic, lane: Int32)] = []
    /// Something came from the brokers: records, an assignment, or an answer.
    public var isAlive = false
    /// Trouble reaching the log, for health and the log file.
    public var trouble: String?
    /// The client can do nothing more; only a new process can.
    public var fatal: String?

    public init() {}
}

/// What became of the last batch sent.
public enum Delivery: Sendable, Equatable {
    case pending, delivered
    /// Not acknowledged in time; sending the whole batch again is safe, because message ids repeat.
    case failed(String)
}

public struct PortError: Error, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// A lane's view of Kafka, at batch granularity. Every call is made on the owner's thread.
public protocol LaneLog: AnyObject {
    /// Appends what is there: never waits after the first record.
    func receive(into inbox: inout [InputRecord], limits: ReceiveLimits, wait: Microseconds) -> LogSignals
    /// Reads exactly these lanes from these positions on; replaces what was read before.
    func assign(_ positions: [Int32: LanePosition]) throws(PortError)
    /// Holds back the results of these lanes until `flow_runs` has caught up; empty releases all.
    func holdResults(of lanes: Set<Int32>)
    /// Where a lane without checkpoint starts (setting `auto.offset.reset`).
    func firstPosition(of lane: Int32) throws(PortError) -> LanePosition
    /// What exists of a partition, and its first record not older than `time`.
    func extent(of topic: InputTopic, lane: Int32, since time: Microseconds) throws(PortError) -> LogExtent
    /// Offsets the group committed last, with their metadata.
    func groupPosition(of lane: Int32) throws(PortError) -> GroupPosition
    /// Where the lane's topics end now.
    func ends(of lane: Int32) throws(PortError) -> LanePosition
    /// How far the executors' group has come on each partition of a pool's topic, and where it ends.
    func taskProgress(of pool: Identifier) throws(PortError) -> [TaskProgress]
    /// Makes lag visible to the usual tools; never awaited, never used as a position.
    func showPosition(_ positions: [Int32: LanePosition], installation: String)
    /// Hands the batch over; `delivery` tells when it arrived. One batch at a time.
    func send(_ batch: OutBatch)
    func delivery(wait: Microseconds) -> Delivery
}

public struct GroupPosition: Sendable {
    public var flowRuns: Int64?
    public var installation: String?
    /// Topics the group has no offset of: never committed, expired, or gone with a topic that was deleted.
    public var unknown: [InputTopic]

    public init(flowRuns: Int64?, installation: String?, unknown: [InputTopic]) {
        self.flowRuns = flowRuns
        self.installation = installation
        self.unknown = unknown
    }
}

/// What exists of one partition.
public struct LogExtent: Sendable, Equatable {
    public var first: Int64
    public var end: Int64
    /// The first record not older than the time that was asked for, or the end.
    public var since: Int64

    public init(first: Int64, end: Int64, since: Int64) {
        self.first = first
        self.end = end
        self.since = since
    }

    /// Where a lane goes on that expected to read at `position`, but cannot, or cannot know whether it is the same log.
    /// Records that are read again change nothing; so it is never later than it must be.
    public func continuation(of position: Int64) -> Int64 {
        position < first ? first : max(first, min(position, since, end))
    }
}

/// One partition of a task topic: how far its executors have come.
public struct TaskProgress: Sendable, Equatable {
    public var partition: Int32
    /// Where the next message will be.
    public var end: Int64
    /// The group's commit; without one, the first message that is still there.
    public var reached: Int64

    public init(partition: Int32, end: Int64, reached: Int64) {
        self.partition = partition
        self.end = end
        self.reached = reached
    }
}

public struct ReceiveLimits: Sendable {
    public var records = 1_000
    public var bytes = 8 * 1024 * 1024
    public var polling: Microseconds = 2_000
    public init() {}
}
