import JSON
import Kafka
import Workflow

/// The producing side of a lane: one batch at a time, in a queue that is filled as far as it goes, reported as one.
struct KafkaOutbound {
    private let configuration: KafkaConfiguration
    private let topics: TopicNames
    private var producer: KafkaProducer
    /// Where messages go, in the order it was found out: few, and asked for with each message.
    private var routes: [Route] = []
    private var work = OutBatch()
    /// Messages of the batch that the producer has taken.
    private var taken = 0
    private var trouble: String?

    private struct Route {
        let topic: OutTopic
        let number: Int
        var sticky: StickyPartition?
    }

    init(_ configuration: KafkaConfiguration, topics: TopicNames) throws(KafkaError) {
        self.configuration = configuration
        self.topics = topics
        producer = try Self.producer(configuration)
    }

    private static func producer(_ configuration: KafkaConfiguration) throws(KafkaError) -> KafkaProducer {
        var settings = KafkaProducerSettings(messageTimeoutMilliseconds: 30_000)
        settings.messageMaxBytes = Limits.messageBytes + 65_536
        // Never waited for: a turn is handed over at once and flushed, one request a partition. The client's threads
        // turn idly while a short one runs out.
        settings.lingerMilliseconds = 20
        return try KafkaProducer(configuration, settings)
    }

    mutating func send(_ work: OutBatch) {
        self.work = work
        (taken, trouble) = (0, nil)
        push()
    }

    /// Messages go out of the turn's own buffer: what the producer copies is the only copy.
    private mutating func handOver() throws(KafkaError) {
        let work = work
        try work.writer.bytes.withUnsafeBufferPointer { (bytes) throws(KafkaError) in
            while taken < work.count {
                let entry = work.entries[taken]
                let value = UnsafeBufferPointer(rebasing: bytes[entry.value])
                do throws(KafkaError) {
                    try send(entry, UnsafeRawBufferPointer(value), headers(of: entry, bytes))
                } catch {
                    guard error.isQueueFull else { throw error }
                    return
                }
                taken += 1
            }
        }
    }

    private mutating func send(
        _ entry: OutBatch.Entry, _ value: UnsafeRawBufferPointer, _ headers: consuming KafkaHeaderList
    ) throws(KafkaError) {
        let (topic, partition) = try place(entry)
        guard let key = entry.key else {
            return try producer.send(topic: topic, partition: partition, key: nil, value: value, headers: headers)
        }
        var headers: KafkaHeaderList? = headers
        try key.bytes.withUnsafeBufferPointer { (key) throws(KafkaError) in
            try producer.send(
                topic: topic, partition: partition, key: UnsafeRawBufferPointer(key), value: value,
                headers: headers.take() ?? KafkaHeaderList())
        }
    }

    private mutating func place(_ entry: OutBatch.Entry) throws(KafkaError) -> (topic: Int, partition: Int32) {
        let route = try route(to: entry.topic)
        let partition: Int32? =
            switch entry.partition {
            case .exactly(let partition): partition
            case .byKey: -1
            case .sticky: routes[route].sticky?.next(isQuick: work.isQuick)
            }
        if let partition { return (routes[route].number, partition) }
        let count = try producer.partitionCount(topics.name(of: entry.topic), timeoutMilliseconds: 5_000)
        var sticky = StickyPartition(count: Int32(clamping: max(count, 1)))
        let first = sticky.next()
        routes[route].sticky = sticky
        return (routes[route].number, first)
    }

    private mutating func route(to topic: OutTopic) throws(KafkaError) -> Int {
        if let known = routes.indices.first(where: { routes[$0].topic == topic }) { return known }
        routes.append(Route(topic: topic, number: try producer.topic(topics.name(of: topic))))
        return routes.count - 1
    }

    private func headers(of entry: OutBatch.Entry, _ bytes: UnsafeBufferPointer<UInt8>) -> KafkaHeaderList {
        var headers = KafkaHeaderList()
        if let trace = entry.traceparent {
            trace.withUnsafeBytes { headers.add("traceparent", $0) }
        }
        if let event = entry.event {
            headers.add("ce_specversion", "1.0")
            headers.add("ce_source", "flowfleet")
            headers.add("content-type", "application/json")
            headers.add("ce_type", event.type)
            headers.add("ce_id", UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[event.id])))
        }
        return headers
    }

    /// Hands over what the producer's queue takes. After an error nothing more goes out: the batch is sent again as a
    /// whole once what is out has been reported, so that no record overtakes another.
    private mutating func push() {
        guard taken < work.count, trouble == nil else { return }
        do throws(KafkaError) { try handOver() } catch {
            trouble = "\(error)" + (error.isUnknownTopic ? ": run `flowfleet admin topics`" : "")
            if error.isFatal { renew() }
        }
    }

    /// A producer that can do nothing more is replaced; what it had taken is reported as failed and sent again.
    private mutating func renew() {
        guard let next = try? Self.producer(configuration) else { return }
        producer.close(withinMilliseconds: 100)
        producer = next
        routes.removeAll()
    }

    mutating func poll() { producer.poll(timeoutMilliseconds: 0) }

    mutating func delivery(wait: Microseconds, clock: any LaneClock) -> Delivery {
        let deadline = clock.monotonic + wait
        repeat {
            push()
            if producer.outstanding == 0, taken >= work.count || trouble != nil { break }
            _ = producer.flush(timeoutMilliseconds: max(1, Int((deadline - clock.monotonic) / 1_000)))
        } while clock.monotonic < deadline
        guard producer.outstanding == 0 else { return .pending }
        return verdict()
    }

    private mutating func verdict() -> Delivery {
        let failures = producer.takeFailures()
        if producer.fatalError != nil { renew() }
        if let first = failures.first {
            let advice = first.error.isTooLarge ? ": raise max.message.bytes with `flowfleet admin topics`" : ""
            return .failed("\(failures.count) messages not delivered: \(first.error)\(advice)")
        }
        guard taken == work.count, trouble == nil else { return .failed(trouble ?? "the producer's queue is full") }
        (work, taken) = (OutBatch(), 0)
        return .delivered
    }

    mutating func takeTrouble() -> String? {
        let errors = producer.takeErrors()
        return errors.last.map { "\($0)" }
    }

    func close(withinMilliseconds limit: Int) { producer.close(withinMilliseconds: limit) }
}

/// One partition for a run of messages, then the next: a turn writes to few, all are used in time.
///
/// Each partition is a request to Kafka, one to its reader, and a lot of results of its own. Tasks that take time are
/// shared out all the same, because one executor reads a partition; tasks that take none need not be.
struct StickyPartition {
    static let run = 64
    static let quickRun = 256

    private let count: Int32
    private var current: Int32
    private var used = 0

    init(count: Int32) {
        self.count = count
        current = Int32.random(in: 0..<count)
    }

    mutating func next(isQuick: Bool = false) -> Int32 {
        if used >= (isQuick ? Self.quickRun : Self.run) { (current, used) = ((current + 1) % count, 0) }
        used += 1
        return current
    }
}
