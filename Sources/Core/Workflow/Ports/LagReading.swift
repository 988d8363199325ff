/// Reads how far the consumers of the topics are behind; none of it decides anything.
public protocol LagReading {
    /// Every partition of the topics that somebody consumes. A topic that is not there is left out.
    func lags() throws(AccessFailure) -> [PartitionLag]
}

/// One partition and how far its consumer group has come.
public struct PartitionLag: Equatable, Sendable {
    public var topic: String
    public var partition: Int
    public var group: String
    /// Nil where the group never committed.
    public var committed: Int64?
    /// Where the next record goes.
    public var end: Int64
    /// Records that are there and not passed by.
    public var lag: Int64

    public init(topic: String, partition: Int, group: String, committed: Int64?, end: Int64, lag: Int64) {
        self.topic = topic
        self.partition = partition
        self.group = group
        self.committed = committed
        self.end = end
        self.lag = lag
    }
}
