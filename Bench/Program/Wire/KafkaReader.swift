import CKafka

/// Raw reading of whole topics from their beginning, without a group.
final class KafkaReader {
    typealias Message = UnsafeMutablePointer<rd_kafka_message_t>

    private let client: KafkaClient

    /// - `topics`: names with their partition counts.
    init(_ servers: String, _ topics: [(name: String, partitions: Int)]) throws {
        client = try KafkaClient(
            RD_KAFKA_CONSUMER,
            [
                ("bootstrap.servers", servers), ("client.id", "bench"), ("group.id", "bench"),
                ("socket.nagle.disable", "true"), ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"), ("auto.offset.reset", "error"), ("fetch.wait.max.ms", "100"),
                ("fetch.error.backoff.ms", "100"), ("allow.auto.create.topics", "false"),
            ])
        rd_kafka_poll_set_consumer(client.handle)
        let list = rd_kafka_topic_partition_list_new(16)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for topic in topics {
            for partition in 0..<topic.partitions {
                rd_kafka_topic_partition_list_add(list, topic.name, Int32(partition)).pointee.offset = 0
            }
        }
        let code = rd_kafka_assign(client.handle, list)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw BenchError("assign: \(code.rawValue)") }
    }

    /// Leaves nothing behind: a reader that is closed takes no time to free.
    deinit { rd_kafka_consumer_close(client.handle) }

    func topic(_ name: String) throws -> OpaquePointer { try client.topic(name) }

    /// The next record, waiting for it no longer than this. The caller frees it with `free`.
    func poll(milliseconds: Int) -> Message? {
        guard let message = rd_kafka_consumer_poll(client.handle, Int32(milliseconds)) else { return nil }
        guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
            rd_kafka_message_destroy(message)
            return nil
        }
        return message
    }

    static func free(_ message: Message) { rd_kafka_message_destroy(message) }
}

extension UnsafeMutablePointer<rd_kafka_message_t> {
    var value: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: pointee.payload, count: pointee.len) }
    var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: pointee.key, count: pointee.key_len) }

    /// Key, value and headers, names included.
    var byteCount: Int {
        var headers: OpaquePointer?
        var count = pointee.len + pointee.key_len
        guard rd_kafka_message_headers(self, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR else { return count }
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var length = 0
        var index = 0
        while rd_kafka_header_get_all(headers, index, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR {
            count += length + (name.map { String(cString: $0).utf8.count } ?? 0)
            index += 1
        }
        return count
    }
}
