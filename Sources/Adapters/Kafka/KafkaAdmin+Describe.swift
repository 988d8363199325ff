internal import CKafka

extension KafkaAdmin {
    /// The partition counts of these topics; a topic that does not exist is left out.
    public func partitionCounts(_ names: [String]) throws(KafkaError) -> [String: Int] {
        let wanted = Set(names)
        return try allPartitionCounts().filter { wanted.contains($0.key) }
    }

    /// Every topic the installation has, with its partition count.
    public func allPartitionCounts() throws(KafkaError) -> [String: Int] {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let limit = Int32(clamping: timeoutMilliseconds)
        try unsafe check(rd_kafka_metadata(handle.client, 1, nil, &metadata, limit))
        guard let metadata = unsafe metadata else { return [:] }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        let topics = unsafe UnsafeBufferPointer(start: metadata.pointee.topics, count: Int(metadata.pointee.topic_cnt))
        var counts: [String: Int] = [:]
        for index in topics.indices where unsafe topics[index].err == RD_KAFKA_RESP_ERR_NO_ERROR {
            counts[unsafe String(cString: topics[index].topic)] = unsafe Int(topics[index].partition_cnt)
        }
        return counts
    }

    /// A topic's settings as they hold, defaults included. Secret ones are left out.
    public func settings(ofTopic name: String) throws(KafkaError) -> [String: String] {
        try settings(ofTopic: name, onlyOwn: false)
    }

    /// Changes these settings of a topic and keeps its others. Not atomic: two writers at once may undo each other,
    /// because the library's call replaces all of a topic's own settings.
    public func alterSettings(ofTopic name: String, _ changes: [String: String]) throws(KafkaError) {
        let own = try settings(ofTopic: name, onlyOwn: true)
        let resource = unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
        var objects = try unsafe AdminObjects(resource) { unsafe rd_kafka_ConfigResource_destroy($0) }
        for (key, value) in own.merging(changes, uniquingKeysWith: { $1 }) {
            try unsafe check(rd_kafka_ConfigResource_set_config(resource, key, value))
        }
        try unsafe run(RD_KAFKA_ADMIN_OP_ALTERCONFIGS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_AlterConfigs(handle.client, $0, $1, options, queue) }
        } _: { (event) throws(KafkaError) in
            var count = 0
            _ = try unsafe Self.first(rd_kafka_AlterConfigs_result_resources(event, &count), count)
        }
    }

    private func settings(ofTopic name: String, onlyOwn: Bool) throws(KafkaError) -> [String: String] {
        let resource = unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name)
        var objects = try unsafe AdminObjects(resource) { unsafe rd_kafka_ConfigResource_destroy($0) }
        return try unsafe run(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS) { options, queue in
            unsafe objects.lend { unsafe rd_kafka_DescribeConfigs(handle.client, $0, $1, options, queue) }
        } _: { (event) throws(KafkaError) in
            var count = 0
            let answer = try unsafe Self.first(rd_kafka_DescribeConfigs_result_resources(event, &count), count)
            return unsafe Self.entries(of: answer, onlyOwn: onlyOwn)
        }
    }

    private static func entries(of resource: OpaquePointer, onlyOwn: Bool) -> [String: String] {
        var count = 0
        let entries = unsafe rd_kafka_ConfigResource_configs(resource, &count)
        var settings: [String: String] = [:]
        for index in 0..<count {
            guard let entry = unsafe entries?[index] else { continue }
            let isOwn = unsafe rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG
            guard isOwn || !onlyOwn, let value = unsafe rd_kafka_ConfigEntry_value(entry) else { continue }
            settings[unsafe String(cString: rd_kafka_ConfigEntry_name(entry))] = unsafe String(cString: value)
        }
        return settings
    }

    private static func first(
        _ resources: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
    ) throws(KafkaError) -> OpaquePointer {
        guard count > 0, let resource = unsafe resources?.pointee else { throw noMemory }
        let text = unsafe rd_kafka_ConfigResource_error_string(resource).map { unsafe String(cString: $0) }
        try unsafe check(rd_kafka_ConfigResource_error(resource), text)
        return unsafe resource
    }
}
