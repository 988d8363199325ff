internal import CKafka

/// The group's commits, and what the logs hold.
extension KafkaConsumer {
    /// Commits and waits for the broker's answer. A member of a group may commit only what it holds, the last time
    /// while `.revoked` is told.
    public func commit(_ offsets: [KafkaOffset], timeoutMilliseconds: Int) throws(KafkaError) {
        try checkHeld(offsets)
        let list = PartitionList(offsets)
        guard let queue = unsafe rd_kafka_queue_new(handle.client) else { return }
        // An answer that comes later finds the queue gone and is dropped.
        defer { unsafe rd_kafka_queue_destroy(queue) }
        try unsafe check(rd_kafka_commit_queue(handle.client, list.pointer, queue, nil, nil))
        guard let event = unsafe rd_kafka_queue_poll(queue, Int32(clamping: timeoutMilliseconds)) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "commit: no answer in \(timeoutMilliseconds) ms")
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let answer = unsafe rd_kafka_event_topic_partition_list(event)
        if let failure = unsafe answer?.firstError { throw failure }
        try unsafe check(rd_kafka_event_error(event))
    }

    /// Commits without waiting; a refusal comes as an event.
    public func commitLater(_ offsets: [KafkaOffset]) throws(KafkaError) {
        try checkHeld(offsets)
        let list = PartitionList(offsets)
        try unsafe check(rd_kafka_commit(handle.client, list.pointer, 1))
    }

    /// The group's commits with their metadata, in the order asked. May be called inside `onRebalance`.
    public func committed(_ partitions: [TopicPartition], timeoutMilliseconds: Int) throws(KafkaError) -> [KafkaOffset]
    {
        let list = PartitionList(partitions)
        try unsafe check(rd_kafka_committed(handle.client, list.pointer, Int32(clamping: timeoutMilliseconds)))
        if let failure = list.firstError { throw failure }
        return unsafe list.pointer.offsets
    }

    public func watermarks(_ partition: TopicPartition, timeoutMilliseconds: Int) throws(KafkaError) -> KafkaWatermarks
    {
        try handle.watermarks(partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// The first offsets at or after a time in milliseconds since 1970; nil where there is none yet.
    public func offsets(
        of partitions: [TopicPartition], at milliseconds: Int64, timeoutMilliseconds: Int
    ) throws(KafkaError) -> [KafkaOffset] {
        try handle.offsets(of: partitions, at: milliseconds, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Where the next record of each partition will be written; one request for all of a broker's partitions.
    public func endOffsets(_ partitions: [TopicPartition], timeoutMilliseconds: Int) throws(KafkaError) -> [KafkaOffset]
    {
        try handle.offsets(
            of: partitions, at: Int64(RD_KAFKA_OFFSET_END), timeoutMilliseconds: timeoutMilliseconds)
    }

    public func partitionCount(_ topic: String, timeoutMilliseconds: Int) throws(KafkaError) -> Int {
        try handle.partitionCount(topic, timeoutMilliseconds: timeoutMilliseconds)
    }
}
