internal import CKafka

/// Questions any kind of client can ask.
extension KafkaHandle {
    /// What made the client useless; nil while it works.
    var fatalError: KafkaError? {
        var text = [CChar](repeating: 0, count: 512)
        let code = unsafe rd_kafka_fatal_error(client, &text, text.count)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(code, text.text, isFatal: true)
    }

    func watermarks(_ partition: TopicPartition, timeoutMilliseconds: Int) throws(KafkaError) -> KafkaWatermarks {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = unsafe rd_kafka_query_watermark_offsets(
            client, partition.topic, partition.partition, &low, &high, Int32(clamping: timeoutMilliseconds))
        try check(code, unsafe "\(partition): \(String(cString: rd_kafka_err2str(code)))")
        return KafkaWatermarks(low: low, high: high)
    }

    func offsets(
        of partitions: [TopicPartition], at milliseconds: Int64, timeoutMilliseconds: Int
    ) throws(KafkaError) -> [KafkaOffset] {
        let list = PartitionList(partitions.map { KafkaPosition($0, .offset(milliseconds)) })
        try unsafe check(rd_kafka_offsets_for_times(client, list.pointer, Int32(clamping: timeoutMilliseconds)))
        if let failure = list.firstError { throw failure }
        return unsafe list.pointer.offsets
    }

    func partitionCount(_ name: String, timeoutMilliseconds: Int) throws(KafkaError) -> Int {
        // The number first: looking it up may add to the topics.
        let number = try topic(name)
        let topic = unsafe topics[number].pointer
        var metadata: UnsafePointer<rd_kafka_metadata>?
        try unsafe check(rd_kafka_metadata(client, 0, topic, &metadata, Int32(clamping: timeoutMilliseconds)))
        guard let metadata = unsafe metadata else { return 0 }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        guard unsafe metadata.pointee.topic_cnt > 0, let first = unsafe metadata.pointee.topics else { return 0 }
        try unsafe check(
            first.pointee.err, unsafe "topic \(name): \(String(cString: rd_kafka_err2str(first.pointee.err)))")
        return unsafe Int(first.pointee.partition_cnt)
    }
}
