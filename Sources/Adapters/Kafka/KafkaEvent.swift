/// What one `KafkaConsumer.poll` brought.
public enum KafkaPoll: Sendable {
    /// The time passed, or a callback was served.
    case nothing
    /// A record was lent to the closure.
    case record
    case event(KafkaEvent)
}

/// What a consumer says besides records.
public enum KafkaEvent: Sendable, Hashable {
    /// About the connection as a whole: brokers down, names that do not resolve, logins refused. It goes on by itself.
    case error(KafkaError)
    /// About one topic or partition: unknown topic, access refused.
    case partitionError(TopicPartition, KafkaError)
    /// The position does not exist and `auto.offset.reset` is `error`: nothing more comes from there until it is
    /// assigned anew (a seek is refused).
    case offsetOutOfRange(TopicPartition, offset: Int64)
    /// A commit that nobody waited for was refused.
    case commitFailed(KafkaError, [KafkaOffset])
    /// The client can do nothing more; only a new one can.
    case fatal(KafkaError)
}

/// A change of what this member holds. Revoked and lost partitions stop at the return of the owner's closure.
public enum KafkaRebalance: Sendable, Hashable {
    case assigned([TopicPartition])
    /// Still ours until the closure returns: the last chance to commit.
    case revoked([TopicPartition])
    /// Already someone else's: commits are refused.
    case lost([TopicPartition])
}

/// What a consumer does where it has no position, or one that does not exist.
public enum KafkaOffsetReset: String, Sendable {
    case error, earliest, latest
}
