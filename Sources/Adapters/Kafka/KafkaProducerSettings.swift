/// How long a producer keeps trying, and how much it may hold.
public struct KafkaProducerSettings: Sendable {
    /// From `send` to a failed report.
    public var messageTimeoutMilliseconds = 30_000
    /// How long a record may wait for others. `flush` does not wait, so 1 with a flush after every batch costs nothing
    /// and makes one request of it, at half the CPU; without flushes leave it at 0.
    public var lingerMilliseconds = 0.0
    public var queueMessages = 1_000_000
    public var queueKilobytes = 1_048_576
    public var messageMaxBytes = 1_048_576

    public init(messageTimeoutMilliseconds: Int = 30_000) {
        self.messageTimeoutMilliseconds = messageTimeoutMilliseconds
    }

    var defaults: [(String, String)] {
        [
            ("retry.backoff.ms", "100"),
            ("linger.ms", "\(lingerMilliseconds)"),
            ("message.timeout.ms", "\(messageTimeoutMilliseconds)"),
            ("queue.buffering.max.messages", "\(queueMessages)"),
            ("queue.buffering.max.kbytes", "\(queueKilobytes)"),
            ("message.max.bytes", "\(messageMaxBytes)"),
            ("partitioner", "murmur2_random"),
        ]
    }

    var pinned: [(String, String)] { [("enable.idempotence", "true"), ("acks", "all")] }
}
