internal import CKafka

/// What is read, and from where. On the polling thread only.
extension KafkaConsumer {
    /// Reads exactly these partitions from these positions; what was read before stops.
    public func assign(_ positions: [KafkaPosition]) throws(KafkaError) {
        noteAnswer()
        let list = PartitionList(positions)
        try unsafe check(rd_kafka_assign(handle.client, list.pointer))
    }

    public func unassign() throws(KafkaError) {
        noteAnswer()
        try unsafe check(rd_kafka_assign(handle.client, nil))
    }

    /// What is assigned now, by us: empty while an answer to a rebalance is owed.
    public var assignment: [TopicPartition] {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard unsafe rd_kafka_assignment(handle.client, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list
        else { return [] }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        return unsafe list.partitions
    }

    /// Fetches nothing from there, and drops what was fetched but not polled, until `resume`.
    public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        try unsafe check(rd_kafka_pause_partitions(handle.client, list.pointer))
        if let error = list.firstError { throw error }
    }

    public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        try unsafe check(rd_kafka_resume_partitions(handle.client, list.pointer))
        if let error = list.firstError { throw error }
    }

    /// Goes on from these positions; the partitions must be assigned.
    public func seek(_ positions: [KafkaPosition], timeoutMilliseconds: Int) throws(KafkaError) {
        let list = PartitionList(positions)
        try unsafe check(rd_kafka_seek_partitions(handle.client, list.pointer, Int32(clamping: timeoutMilliseconds)))
        if let error = list.firstError { throw error }
    }
}
