/// As whom a consumer reads.
public struct KafkaGroup: Sendable {
    public var name: String
    /// Set for a static member: it keeps its partitions over a restart within the session time.
    public var instanceID: String?
    public var sessionTimeoutMilliseconds = 10_000
    /// The longest time between two polls before the group gives this member's partitions away.
    public var maxPollIntervalMilliseconds = 300_000
    public var offsetReset = KafkaOffsetReset.error
    /// How long the broker holds an empty fetch.
    public var fetchWaitMilliseconds = 20

    public init(_ name: String, instanceID: String? = nil) {
        self.name = name
        self.instanceID = instanceID
    }
}

extension KafkaGroup {
    /// A member learns of a rebalance by the answer to a heartbeat, so hand-overs take about as long.
    private var heartbeatMilliseconds: Int { min(500, max(sessionTimeoutMilliseconds / 4, 100)) }

    var defaults: [(String, String)] {
        [
            ("fetch.wait.max.ms", "\(fetchWaitMilliseconds)"),
            ("fetch.error.backoff.ms", "100"),
            ("heartbeat.interval.ms", "\(heartbeatMilliseconds)"),
            ("max.poll.interval.ms", "\(max(maxPollIntervalMilliseconds, sessionTimeoutMilliseconds))"),
            ("session.timeout.ms", "\(sessionTimeoutMilliseconds)"),
        ]
    }

    var pinned: [(String, String)] {
        var pinned = [
            ("group.id", name),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", offsetReset.rawValue),
            ("partition.assignment.strategy", "range"),
            ("enable.partition.eof", "false"),
            ("allow.auto.create.topics", "false"),
        ]
        if let instanceID { pinned.append(("group.instance.id", instanceID)) }
        return pinned
    }
}
