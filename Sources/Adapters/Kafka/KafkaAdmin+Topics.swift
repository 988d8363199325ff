internal import CKafka

/// A topic to make. Counts and settings that are left out are the broker's defaults.
public struct KafkaNewTopic: Sendable, Hashable {
    public var name: String
    public var partitions: Int
    /// -1 is the broker's default.
    public var replication = -1
    public var settings: [String: String] = [:]

    public init(_ name: String, partitions: Int, replication: Int = -1, settings: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.settings = settings
    }
}

extension KafkaAdmin {
    /// Makes the topics; the answer is what went wrong by name, a topic that exists already included.
    public func createTopics(_ topics: [KafkaNewTopic]) throws(KafkaError) -> [String: KafkaError] {
        var objects = unsafe AdminObjects { unsafe rd_kafka_NewTopic_destroy($0) }
        for topic in topics { try Self.add(topic, to: &objects) }
        return try unsafe run(RD_KAFKA_ADMIN_OP_CREATETOPICS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_CreateTopics(handle.client, $0, $1, options, queue) }
        } _: { event in
            var count = 0
            return unsafe Self.failures(unsafe rd_kafka_CreateTopics_result_topics(event, &count), count)
        }
    }

    /// Deletes the topics; the answer is what went wrong by name.
    public func deleteTopics(_ names: [String]) throws(KafkaError) -> [String: KafkaError] {
        var objects = unsafe AdminObjects { unsafe rd_kafka_DeleteTopic_destroy($0) }
        for name in names { try unsafe objects.add(rd_kafka_DeleteTopic_new(name)) }
        return try unsafe run(RD_KAFKA_ADMIN_OP_DELETETOPICS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_DeleteTopics(handle.client, $0, $1, options, queue) }
        } _: { event in
            var count = 0
            return unsafe Self.failures(unsafe rd_kafka_DeleteTopics_result_topics(event, &count), count)
        }
    }

    /// Raises a topic to this many partitions.
    public func createPartitions(_ topic: String, total: Int) throws(KafkaError) {
        var text = [CChar](repeating: 0, count: 512)
        var objects = unsafe AdminObjects { unsafe rd_kafka_NewPartitions_destroy($0) }
        let made = unsafe rd_kafka_NewPartitions_new(topic, total, &text, text.count)
        try unsafe objects.add(made, refusal: text.text)
        let failures = try unsafe run(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_CreatePartitions(handle.client, $0, $1, options, queue) }
        } _: { event in
            var count = 0
            return unsafe Self.failures(unsafe rd_kafka_CreatePartitions_result_topics(event, &count), count)
        }
        if let failure = failures[topic] { throw failure }
    }

    /// Drops the records before each offset.
    public func deleteRecords(before offsets: [KafkaOffset]) throws(KafkaError) {
        let offsets = PartitionList(offsets)
        var objects = try unsafe AdminObjects(rd_kafka_DeleteRecords_new(offsets.pointer)) {
            unsafe rd_kafka_DeleteRecords_destroy($0)
        }
        try unsafe run(RD_KAFKA_ADMIN_OP_DELETERECORDS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_DeleteRecords(handle.client, $0, $1, options, queue) }
        } _: { (event) throws(KafkaError) in
            let answer = unsafe rd_kafka_DeleteRecords_result_offsets(event)
            if let failure = unsafe UnsafeMutablePointer(mutating: answer)?.firstError { throw failure }
        }
    }

    private static func add(_ topic: KafkaNewTopic, to objects: inout AdminObjects) throws(KafkaError) {
        var text = [CChar](repeating: 0, count: 512)
        let object = unsafe rd_kafka_NewTopic_new(
            topic.name, Int32(clamping: topic.partitions), Int32(clamping: topic.replication), &text, text.count)
        try unsafe objects.add(object, refusal: text.text)
        for (key, value) in topic.settings { unsafe rd_kafka_NewTopic_set_config(object, key, value) }
    }

    private static func failures(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
    ) -> [String: KafkaError] {
        var failures: [String: KafkaError] = [:]
        for index in 0..<count {
            guard let result = unsafe results?[index] else { continue }
            let code = unsafe rd_kafka_topic_result_error(result)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            let text = unsafe rd_kafka_topic_result_error_string(result).map { unsafe String(cString: $0) }
            failures[unsafe String(cString: rd_kafka_topic_result_name(result))] = KafkaError(code, text)
        }
        return failures
    }
}
