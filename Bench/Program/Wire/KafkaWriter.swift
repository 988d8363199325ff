import CKafka

/// Raw producing: idempotent, acks=all, one flush for each batch.
///
/// With a flush after each batch, `linger.ms` only keeps librdkafka from sending before the batch is whole.
final class KafkaWriter {
    private let client: KafkaClient
    /// Delivery reports: [0] all, [1] failed. Written by the reports' callback inside `flush`, on the caller's thread.
    private let reports: UnsafeMutablePointer<Int>
    private(set) var sent = 0

    init(_ servers: String, lingerMilliseconds: Int = 5) throws {
        let reports = UnsafeMutablePointer<Int>.allocate(capacity: 2)
        reports.initialize(repeating: 0, count: 2)
        self.reports = reports
        client = try KafkaClient(
            RD_KAFKA_PRODUCER,
            [
                ("bootstrap.servers", servers), ("client.id", "bench"), ("socket.nagle.disable", "true"),
                ("enable.idempotence", "true"), ("acks", "all"), ("linger.ms", "\(lingerMilliseconds)"),
                ("queue.buffering.max.messages", "1000000"), ("queue.buffering.max.kbytes", "1048576"),
                ("message.max.bytes", "4194304"), ("message.timeout.ms", "30000"),
            ]
        ) { configuration in
            rd_kafka_conf_set_opaque(configuration, reports)
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, context in
                let reports = context?.assumingMemoryBound(to: Int.self)
                reports?[0] += 1
                if message?.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR { reports?[1] += 1 }
            }
        }
    }

    func topic(_ name: String) throws -> OpaquePointer { try client.topic(name) }

    /// Waits until the brokers have told of the topic, so that the first record has nothing to wait for.
    func warm(_ topic: OpaquePointer) {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        if rd_kafka_metadata(client.handle, 0, topic, &metadata, 10_000) == RD_KAFKA_RESP_ERR_NO_ERROR {
            rd_kafka_metadata_destroy(metadata)
        }
    }

    /// - `partition`: -1 lets the key decide.
    func send(
        _ topic: OpaquePointer, _ partition: Int32, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer,
        headers: [(name: String, value: String)] = []
    ) throws {
        let code = flowfleet_kafka_produce(
            client.handle, topic, partition, key?.baseAddress, key?.count ?? 0, value.baseAddress, value.count,
            Self.list(headers), nil)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw BenchError("produce: \(String(cString: rd_kafka_err2str(code)))")
        }
        sent += 1
    }

    private static func list(_ headers: [(name: String, value: String)]) -> OpaquePointer? {
        guard !headers.isEmpty, let list = rd_kafka_headers_new(headers.count) else { return nil }
        for (name, value) in headers { rd_kafka_header_add(list, name, -1, value, value.utf8.count) }
        return list
    }

    /// Sends everything now and waits until all of it is acknowledged.
    func flush() throws {
        guard reports[0] < sent else { return }
        rd_kafka_flush(client.handle, 30_000)
        guard reports[0] == sent, reports[1] == 0 else {
            throw BenchError("\(sent - reports[0]) records unreported, \(reports[1]) not delivered")
        }
    }
}
