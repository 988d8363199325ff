import JSON
public import Kafka
public import Workflow

/// The task queues as a retry worker writes to them. One thread.
///
/// Messages keep to one partition of their queue for 64 of them, then to the next, as dispatches of a lane do. A client
/// that can do nothing more is replaced; what it had taken counts as undelivered, because nobody knows.
public final class KafkaRetryLog: RetryLog {
    private let configuration: KafkaConfiguration
    private let topics: TopicNames
    private let clock: any LaneClock
    private let worker: String
    private var producer: KafkaProducer?
    private var queues: [Identifier: (topic: Int, sticky: StickyPartition)] = [:]
    /// Places handed over and not reported; also tells a report of an earlier client apart.
    private var outstanding: Set<Int> = []
    private var ready: [(place: Int, delivery: RetryDelivery)] = []
    private var words: String? = "not reached yet"
    private var nextLook: Microseconds = .min / 2

    private static let lookEvery: Microseconds = 1_000_000

    public init(_ configuration: KafkaConfiguration, topics: TopicNames, worker: String, clock: any LaneClock) {
        self.configuration = configuration
        self.topics = topics
        self.worker = worker
        self.clock = clock
    }

    public func publish(_ retries: [ClaimedRetry]) {
        // A queue that cannot be looked up is asked for once, not once a message: each look may wait.
        var unknown: [Identifier: KafkaError] = [:]
        for (place, retry) in retries.enumerated() {
            do throws(KafkaError) {
                if let known = unknown[retry.pool] { throw known }
                try send(retry, place: place)
            } catch {
                if queues[retry.pool] == nil { unknown[retry.pool] = error }
                ready.append((place, error.isTooLarge ? .refused("\(error)") : .undelivered("\(error)")))
            }
        }
    }

    private func send(_ retry: ClaimedRetry, place: Int) throws(KafkaError) {
        let producer = try connected()
        let (topic, partition) = try queue(of: retry.pool, producer)
        let headers = retry.traceparent.map { [KafkaHeader("traceparent", Array($0))] } ?? []
        try unsafe retry.message.withUnsafeBufferPointer { (value) throws(KafkaError) in
            try unsafe producer.send(
                topic: topic, partition: partition, key: nil, value: UnsafeRawBufferPointer(value),
                headers: KafkaHeaderList(headers), token: UInt(place))
        }
        outstanding.insert(place)
    }

    private func queue(of pool: Identifier, _ producer: KafkaProducer) throws(KafkaError) -> (Int, Int32) {
        if queues[pool] == nil {
            let name = topics.taskQueue(pool: "\(pool)")
            let count = try producer.partitionCount(name, timeoutMilliseconds: 2_000)
            queues[pool] = (try producer.topic(name), StickyPartition(count: Int32(clamping: max(count, 1))))
        }
        let partition = queues[pool]?.sticky.next() ?? -1
        return (queues[pool]?.topic ?? 0, partition)
    }

    public func reports(wait: Microseconds) -> [(place: Int, delivery: RetryDelivery)] {
        if ready.isEmpty, !outstanding.isEmpty {
            producer?.poll(timeoutMilliseconds: max(1, Int(wait / 1_000)))
        }
        if let fatal = producer?.fatalError { replace(fatal) }
        defer { ready.removeAll(keepingCapacity: true) }
        return ready
    }

    public func fail(_ retry: ClaimedRetry, because reason: String) -> Bool {
        var reader = TaskMessageReader()
        guard let producer, let task = try? reader.read(retry.message) else { return false }
        var writer = ResultWriter(workerID: worker)
        let failure = ReportedFailure("too_large: the retry's message: \(reason)", .permanent)
        let value = writer.failed(task, failure, times: AttemptTimes(started: 0, finished: 0, milliseconds: 0))
        do throws(KafkaError) {
            let topic = try producer.topic(topics.taskFailed)
            try unsafe retry.key.runID.bytes.withUnsafeBufferPointer { (key) throws(KafkaError) in
                try unsafe value.withUnsafeBufferPointer { (value) throws(KafkaError) in
                    try unsafe producer.send(
                        topic: topic, partition: task.lane ?? -1, key: UnsafeRawBufferPointer(key),
                        value: UnsafeRawBufferPointer(value), token: Self.noPlace)
                }
            }
        } catch {
            return false
        }
        let failures = producer.failed
        return producer.flush(timeoutMilliseconds: 5_000) && producer.failed == failures
    }

    private static let noPlace = UInt.max

    public func trouble() -> String? {
        producer?.poll(timeoutMilliseconds: 0)
        if let last = producer?.takeErrors().last { words = "\(last)" }
        guard words != nil, clock.monotonic >= nextLook else { return words }
        nextLook = clock.monotonic + Self.lookEvery
        do throws(KafkaError) {
            let name = topics.taskQueue(pool: "default")
            _ = try connected().partitionCount(name, timeoutMilliseconds: 1_000)
            words = nil
        } catch {
            words = "\(configuration.bootstrapServers): \(error)"
        }
        return words
    }

    private func connected() throws(KafkaError) -> KafkaProducer {
        if let producer { return producer }
        var settings = KafkaProducerSettings(messageTimeoutMilliseconds: 30_000)
        settings.messageMaxBytes = Limits.messageBytes + 65_536
        // A batch is handed over at once: one request for each partition instead of one for each message.
        settings.lingerMilliseconds = 1
        let made = try KafkaProducer(configuration, settings)
        made.onDelivery = { [unowned self] token, error in delivered(token, error) }
        producer = made
        return made
    }

    private func delivered(_ token: UInt, _ error: KafkaError?) {
        guard token != Self.noPlace, outstanding.remove(Int(token)) != nil else { return }
        guard let error else { return ready.append((Int(token), .delivered)) }
        if error.isUnknownTopic { queues.removeAll() }
        ready.append((Int(token), error.isTooLarge ? .refused("\(error)") : .undelivered("\(error)")))
    }

    private func replace(_ fatal: KafkaError) {
        producer?.onDelivery = nil
        producer?.close(withinMilliseconds: 200)
        producer = nil
        queues = [:]
        for place in outstanding { ready.append((place, .undelivered("\(fatal)"))) }
        outstanding = []
    }

    /// Waits for what is on its way, within the time.
    public func close(withinMilliseconds limit: Int) { producer?.close(withinMilliseconds: limit) }
}
