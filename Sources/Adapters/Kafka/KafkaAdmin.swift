internal import CKafka

/// Makes, describes and changes topics and group offsets. Every call waits for its answer, no longer than
/// `timeoutMilliseconds`; any thread may call.
///
/// It owns its client. The library's objects of each call live and end inside `KafkaAdmin+….swift`.
@safe public final class KafkaAdmin: @unchecked Sendable {
    // The client is thread-safe and the handle is not changed after init: no topic objects are made on it.
    let handle: KafkaHandle
    let timeoutMilliseconds: Int

    public init(_ configuration: KafkaConfiguration, timeoutMilliseconds: Int = 10_000) throws(KafkaError) {
        handle = try KafkaHandle(.admin, configuration, defaults: [], pinned: [])
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// The installation's own id; nil if the brokers do not tell in time.
    public func clusterID() -> String? {
        guard let text = unsafe rd_kafka_clusterid(handle.client, Int32(clamping: timeoutMilliseconds)) else {
            return nil
        }
        defer { unsafe rd_kafka_mem_free(handle.client, text) }
        return unsafe String(cString: text)
    }

    public func watermarks(_ partition: TopicPartition) throws(KafkaError) -> KafkaWatermarks {
        try handle.watermarks(partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Where the next record of each partition will be written.
    public func endOffsets(_ partitions: [TopicPartition]) throws(KafkaError) -> [KafkaOffset] {
        try handle.offsets(
            of: partitions, at: Int64(RD_KAFKA_OFFSET_END), timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Runs one admin operation: `start` sends it to the queue with its options, `read` gets the answer, which ends
    /// with it.
    func run<Answer>(
        _ operation: rd_kafka_admin_op_t, _ start: (_ options: OpaquePointer, _ queue: OpaquePointer) -> Void,
        _ read: (_ event: OpaquePointer) throws(KafkaError) -> Answer
    ) throws(KafkaError) -> Answer {
        guard let queue = unsafe rd_kafka_queue_new(handle.client) else { throw Self.noMemory }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        guard let options = unsafe rd_kafka_AdminOptions_new(handle.client, operation) else { throw Self.noMemory }
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        let limit = Int32(clamping: timeoutMilliseconds)
        unsafe rd_kafka_AdminOptions_set_request_timeout(options, limit, nil, 0)
        unsafe start(options, queue)
        guard let event = unsafe rd_kafka_queue_poll(queue, limit &+ 1_000) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let text = unsafe rd_kafka_event_error_string(event).map { unsafe String(cString: $0) }
        try unsafe check(rd_kafka_event_error(event), text)
        return try unsafe read(event)
    }

    static var noMemory: KafkaError { KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE) }
}
