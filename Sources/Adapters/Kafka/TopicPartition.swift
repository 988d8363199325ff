/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32

    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)[\(partition)]" }
}

/// Where a partition is read from.
public struct KafkaPosition: Hashable, Sendable {
    public enum Start: Hashable, Sendable {
        case offset(Int64)
        case beginning
        case end
        /// The group's committed offset, else what `auto.offset.reset` says.
        case committed
    }

    public var partition: TopicPartition
    public var start: Start

    public init(_ partition: TopicPartition, _ start: Start) {
        self.partition = partition
        self.start = start
    }
}

/// An offset of a partition with the text that is kept beside it in the group's commits.
public struct KafkaOffset: Hashable, Sendable {
    public var partition: TopicPartition
    /// The next offset to read; nil where there is none.
    public var offset: Int64?
    public var metadata: String

    public init(_ partition: TopicPartition, _ offset: Int64?, metadata: String = "") {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// What a partition's log holds: offsets from `low` up to, and without, `high`.
public struct KafkaWatermarks: Hashable, Sendable {
    public var low: Int64
    public var high: Int64
}
