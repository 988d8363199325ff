import JSON
import Kafka
import Workflow

/// The producing side of a lane: one batch at a time, in a queue that is filled as far as it goes, reported as one.
struct KafkaOutbound {
    private let configuration: KafkaConfiguration
    private let topics: TopicNames
    private var producer: KafkaProducer
    private var numbers: [String: Int] = [:]
    private var sticky: [String: StickyPartition] = [:]
    private var batch = KafkaBatch()
    /// Records of the batch that the producer has taken.
    private var taken = 0
    private var trouble: String?

    init(_ configuration: KafkaConfiguration, topics: TopicNames) throws(KafkaError) {
        self.configuration = configuration
        self.topics = topics
        producer = try Self.producer(configuration)
    }

    private static func producer(_ configuration: KafkaConfiguration) throws(KafkaError) -> KafkaProducer {
        var settings = KafkaProducerSettings(messageTimeoutMilliseconds: 30_000)
        settings.messageMaxBytes = Limits.messageBytes + 65_536
        return try KafkaProducer(configuration, settings)
    }

    mutating func send(_ work: OutBatch) {
        batch.removeAll()
        (taken, trouble) = (0, nil)
        do throws(KafkaError) {
            for entry in work.entries { try add(entry, work.value(of: entry)) }
        } catch {
            trouble = "\(error)"
        }
        push()
    }

    private mutating func add(_ entry: OutBatch.Entry, _ value: Bytes) throws(KafkaError) {
        let name = topics.name(of: entry.topic)
        let number = try number(of: name)
        batch.append(
            topic: number, partition: try partition(entry.partition, name), key: entry.key?.bytes, value: value,
            headers: headers(of: entry))
    }

    private mutating func number(of name: String) throws(KafkaError) -> Int {
        if let number = numbers[name] { return number }
        let number = try producer.topic(name)
        numbers[name] = number
        return number
    }

    private mutating func partition(_ wish: OutPartition, _ topic: String) throws(KafkaError) -> Int32 {
        switch wish {
        case .exactly(let partition): return partition
        case .byKey: return -1
        case .sticky:
            if sticky[topic] == nil {
                let count = try producer.partitionCount(topic, timeoutMilliseconds: 5_000)
                sticky[topic] = StickyPartition(count: Int32(clamping: max(count, 1)))
            }
            return sticky[topic]?.next() ?? -1
        }
    }

    private func headers(of entry: OutBatch.Entry) -> [KafkaHeader] {
        guard entry.traceparent != nil || entry.event != nil else { return [] }
        var headers: [KafkaHeader] = []
        if let trace = entry.traceparent { headers.append(KafkaHeader("traceparent", Array(trace))) }
        if let event = entry.event {
            headers.append(KafkaHeader("ce_specversion", Array("1.0".utf8)))
            headers.append(KafkaHeader("ce_type", Array("\(event.type)".utf8)))
            headers.append(KafkaHeader("ce_source", Array("flowfleet".utf8)))
            headers.append(KafkaHeader("ce_id", Array(event.id.utf8)))
            headers.append(KafkaHeader("content-type", Array("application/json".utf8)))
        }
        return headers
    }

    /// Hands over what the producer's queue takes. After an error nothing more goes out: the batch is sent again as a
    /// whole once what is out has been reported, so that no record overtakes another.
    private mutating func push() {
        guard taken < batch.count, trouble == nil else { return }
        do throws(KafkaError) {
            taken += try producer.send(batch, from: taken)
        } catch {
            trouble = "\(error)"
            if error.isFatal { renew() }
        }
    }

    /// A producer that can do nothing more is replaced; what it had taken is reported as failed and sent again.
    private mutating func renew() {
        guard let next = try? Self.producer(configuration) else { return }
        producer.close(withinMilliseconds: 100)
        producer = next
        numbers.removeAll()
        sticky.removeAll()
    }

    mutating func poll() { producer.poll(timeoutMilliseconds: 0) }

    mutating func delivery(wait: Microseconds, clock: any LaneClock) -> Delivery {
        let deadline = clock.monotonic + wait
        repeat {
            push()
            if producer.outstanding == 0, taken >= batch.count || trouble != nil { break }
            producer.poll(timeoutMilliseconds: max(1, Int((deadline - clock.monotonic) / 1_000)))
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
        guard taken == batch.count, trouble == nil else { return .failed(trouble ?? "the producer's queue is full") }
        return .delivered
    }

    mutating func takeTrouble() -> String? {
        let errors = producer.takeErrors()
        return errors.last.map { "\($0)" }
    }

    func close(withinMilliseconds limit: Int) { producer.close(withinMilliseconds: limit) }
}

/// One partition for a run of messages, then the next: a turn writes to few, all are used in time.
struct StickyPartition {
    private let count: Int32
    private var current: Int32
    private var used = 0
    private static let run = 64

    init(count: Int32) {
        self.count = count
        current = Int32.random(in: 0..<count)
    }

    mutating func next() -> Int32 {
        if used == Self.run { (current, used) = ((current + 1) % count, 0) }
        used += 1
        return current
    }
}
