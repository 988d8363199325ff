internal import CKafka

/// Makes the `poll` a consumer waits in return at once, or the next one if none waits. From any thread.
///
/// It owns a reference to the consumer's queue, which it frees. It must be let go before the consumer is closed.
@safe public final class KafkaWaker: @unchecked Sendable {
    private let queue: OpaquePointer

    fileprivate init(_ queue: OpaquePointer) {
        unsafe self.queue = unsafe queue
    }

    deinit {
        unsafe rd_kafka_queue_destroy(queue)
    }

    public func wake() {
        unsafe rd_kafka_queue_yield(queue)
    }
}

extension KafkaConsumer {
    /// Something to end a waiting `poll` with; nil once the consumer is closed.
    public func makeWaker() -> KafkaWaker? {
        guard handle.isOpen, let queue = unsafe rd_kafka_queue_get_consumer(handle.client) else { return nil }
        return unsafe KafkaWaker(queue)
    }
}
