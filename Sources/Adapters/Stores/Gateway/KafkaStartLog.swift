public import Kafka
public import Workflow

/// `flow_runs` as the gateway writes to it. One thread.
///
/// A record that is not acknowledged within a second and a half is reported as a failure. A client that can do nothing
/// more is replaced; what it had taken counts as failed, because nobody knows.
public final class KafkaStartLog: StartLog {
    private let configuration: KafkaConfiguration
    private let topicName: String
    private let clock: any LaneClock
    private var ready: (producer: KafkaProducer, topic: Int)?
    /// Places in the list that is under way, by token. Tokens never come again: a report that comes after its list was
    /// given up must not count for the next one.
    private var outstanding: [UInt: Int] = [:]
    private var lastToken: UInt = 0
    private var reported: [(place: Int, failure: AccessFailure?)] = []
    private var words: String? = "not reached yet"
    private var nextLook: Microseconds = .min / 2
    private var lastError: KafkaError?

    private static let sendLimit = 1_500
    private static let lookEvery: Microseconds = 1_000_000

    public init(_ configuration: KafkaConfiguration, topics: TopicNames, clock: any LaneClock) {
        self.configuration = configuration
        self.clock = clock
        topicName = topics.flowRuns
    }

    deinit {
        // Closing serves the last reports, and there is nobody left to take them.
        ready?.producer.onDelivery = nil
        ready?.producer.close(withinMilliseconds: 500)
    }

    public func publish(_ messages: [(key: String, value: [UInt8])]) {
        outstanding.removeAll(keepingCapacity: true)
        reported.removeAll(keepingCapacity: true)
        for (place, message) in messages.enumerated() {
            lastToken += 1
            do throws(KafkaError) {
                try send(message.key, message.value, lastToken)
                outstanding[lastToken] = place
            } catch {
                reported.append((place, failure(error)))
            }
        }
    }

    private func send(_ key: String, _ value: [UInt8], _ token: UInt) throws(KafkaError) {
        // A look that failed a moment ago is not repeated for each message.
        if let lastError, ready == nil, clock.monotonic < nextLook { throw lastError }
        let (producer, topic) = try connected()
        let key = Array(key.utf8)
        try unsafe key.withUnsafeBufferPointer { (key) throws(KafkaError) in
            try unsafe value.withUnsafeBufferPointer { (value) throws(KafkaError) in
                try unsafe producer.send(
                    topic: topic, key: UnsafeRawBufferPointer(key), value: UnsafeRawBufferPointer(value),
                    token: token)
            }
        }
    }

    public func reports(wait: Microseconds) -> [(place: Int, failure: AccessFailure?)] {
        if reported.isEmpty, !outstanding.isEmpty {
            ready?.producer.poll(timeoutMilliseconds: max(1, Int(wait / 1_000)))
        }
        if let fatal = ready?.producer.fatalError { replace(fatal) }
        defer { reported.removeAll(keepingCapacity: true) }
        return reported
    }

    public func trouble() -> String? {
        ready?.producer.poll(timeoutMilliseconds: 0)
        if let last = ready?.producer.takeErrors().last { words = "\(last)" }
        guard words != nil, clock.monotonic >= nextLook else { return words }
        do throws(KafkaError) {
            _ = try connected().producer.partitionCount(topicName, timeoutMilliseconds: 1_000)
            words = nil
        } catch {
            nextLook = clock.monotonic + Self.lookEvery
            words = "\(configuration.bootstrapServers): \(error)"
        }
        return words
    }

    private func connected() throws(KafkaError) -> (producer: KafkaProducer, topic: Int) {
        if let ready { return ready }
        var settings = KafkaProducerSettings(messageTimeoutMilliseconds: Self.sendLimit)
        settings.messageMaxBytes = Limits.messageBytes
        // A batch is handed over at once: one request for each partition instead of one for each message.
        settings.lingerMilliseconds = 1
        let producer = try KafkaProducer(configuration, settings)
        do throws(KafkaError) {
            _ = try producer.partitionCount(topicName, timeoutMilliseconds: 1_000)
        } catch {
            (nextLook, lastError) = (clock.monotonic + Self.lookEvery, error)
            words = "\(configuration.bootstrapServers): \(error)"
            producer.close(withinMilliseconds: 200)
            throw error
        }
        producer.onDelivery = { [unowned self] token, error in note(token, error) }
        let made = (producer, try producer.topic(topicName))
        ready = made
        return made
    }

    private func note(_ token: UInt, _ error: KafkaError?) {
        guard let place = outstanding.removeValue(forKey: token) else { return }
        reported.append((place, error.map { failure($0) }))
        if let error { words = "\(error)" } else { words = nil }
    }

    private func replace(_ error: KafkaError) {
        ready?.producer.onDelivery = nil
        ready?.producer.close(withinMilliseconds: 200)
        ready = nil
        for place in outstanding.values { reported.append((place, failure(error))) }
        outstanding = [:]
    }

    private func failure(_ error: KafkaError) -> AccessFailure {
        AccessFailure(error, place: configuration.bootstrapServers, doing: topicName)
    }
}
