internal import CKafka

/// Writes records idempotently with acks=all, in order for each partition. One thread sends, polls and flushes.
///
/// Key, value and headers are copied by `send`. Each record ends in exactly one delivery report, served by `poll` or
/// `flush`, which counts it and hands its token to `onDelivery`. After a fatal error make a new producer.
@safe public final class KafkaProducer {
    /// A record that was not delivered.
    public struct Failure: Sendable, Hashable {
        public let token: UInt
        public let error: KafkaError
    }

    /// Called inside `poll` and `flush` for each report.
    public var onDelivery: ((_ token: UInt, _ error: KafkaError?) -> Void)?
    public private(set) var delivered = 0
    public private(set) var failed = 0
    /// Sent, and not yet reported.
    public private(set) var outstanding = 0

    let handle: KafkaHandle
    private var failures: [Failure] = []
    private var errors: [KafkaError] = []

    public init(_ configuration: KafkaConfiguration, _ settings: KafkaProducerSettings = .init()) throws(KafkaError) {
        handle = try KafkaHandle(.producer, configuration, defaults: settings.defaults, pinned: settings.pinned)
        unsafe handle.callbacks.onDelivery = { [unowned self] in unsafe note($0) }
        handle.callbacks.onError = { [unowned self] in errors.append($0) }
    }

    /// The number to send to this topic with.
    public func topic(_ name: String) throws(KafkaError) -> Int { try handle.topic(name) }

    public func topicName(_ topic: Int) -> String { handle.topics[topic].name }

    /// Asks the brokers, so that the first send to the topic has nothing to wait for.
    public func partitionCount(_ topic: String, timeoutMilliseconds: Int) throws(KafkaError) -> Int {
        try handle.partitionCount(topic, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Hands one record over. Throws when the queue is full or the partition does not exist.
    /// - `partition`: -1 lets the key decide, as Java's producer does.
    /// - `token`: comes back with the report.
    public func send(
        topic: Int, partition: Int32 = -1, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: consuming KafkaHeaderList = KafkaHeaderList(), token: UInt = 0
    ) throws(KafkaError) {
        var code = RD_KAFKA_RESP_ERR_NO_ERROR
        unsafe headers.lend { list in
            unsafe code = flowfleet_kafka_produce(
                handle.client, handle.topics[topic].pointer, partition, key.start, key?.count ?? 0,
                value.start, value?.count ?? 0, list, UnsafeMutableRawPointer(bitPattern: token))
            return code == RD_KAFKA_RESP_ERR_NO_ERROR
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw code == RD_KAFKA_RESP_ERR__FATAL ? fatalError ?? KafkaError(code) : KafkaError(code)
        }
        outstanding += 1
    }

    /// What made this producer useless; nil while it works.
    public var fatalError: KafkaError? { handle.fatalError }
}

/// Reports.
extension KafkaProducer {
    /// Serves the reports that are there, waiting for the first no longer than this.
    public func poll(timeoutMilliseconds: Int) {
        unsafe rd_kafka_poll(handle.client, Int32(clamping: timeoutMilliseconds))
    }

    /// Sends everything now and serves reports until none is owed or the time has passed; true if none is owed.
    public func flush(timeoutMilliseconds: Int) -> Bool {
        guard outstanding > 0 else { return true }
        unsafe rd_kafka_flush(handle.client, Int32(clamping: timeoutMilliseconds))
        return outstanding == 0
    }

    /// The failures since the last call.
    public func takeFailures() -> [Failure] {
        defer { failures = [] }
        return failures
    }

    /// What the client said about its connections since the last call; it goes on by itself unless one is fatal.
    public func takeErrors() -> [KafkaError] {
        defer { errors = [] }
        return errors
    }

    /// Gives up all that is not yet on its way, or all of it; the reports come as failures.
    public func purge(includingInFlight: Bool) {
        let flags = includingInFlight ? RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT : RD_KAFKA_PURGE_F_QUEUE
        _ = unsafe rd_kafka_purge(handle.client, flags)
    }

    /// Frees the client; what is not delivered by then is dropped. Never takes longer than this.
    public func close(withinMilliseconds limit: Int) {
        guard handle.isOpen else { return }
        let end = ContinuousClock.now + .milliseconds(limit)
        if fatalError == nil { _ = flush(timeoutMilliseconds: limit) }
        if outstanding > 0 { purge(includingInFlight: true) }
        handle.destroy(withinMilliseconds: max(end.millisecondsLeft, 200))
    }

    private func note(_ message: UnsafePointer<rd_kafka_message_t>) {
        let token = unsafe UInt(bitPattern: message.pointee._private)
        outstanding -= 1
        guard unsafe message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR else {
            delivered += 1
            onDelivery?(token, nil)
            return
        }
        failed += 1
        let error = unsafe KafkaError(message.pointee.err)
        failures.append(Failure(token: token, error: error))
        onDelivery?(token, error)
    }
}

/// Stands for what is there but empty: the library takes a null pointer for "none".
nonisolated(unsafe) private let emptyBytes = UnsafeRawPointer(
    UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

extension UnsafeRawBufferPointer? {
    fileprivate var start: UnsafeRawPointer? { unsafe self.map { unsafe $0.baseAddress ?? emptyBytes } }
}
