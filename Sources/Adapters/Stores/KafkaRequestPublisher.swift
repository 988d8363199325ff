public import JSON
public import Kafka
public import Workflow

/// Puts requests on `flow_runs`, one at a time, and waits for each to be acknowledged.
///
/// The client is made with the first request; used from one thread.
public final class KafkaRequestPublisher: RequestPublishing, CommandSending {
    private let configuration: KafkaConfiguration
    private let topic: String
    private var ready: (producer: KafkaProducer, topic: Int)?

    /// Together under the ten seconds in which a command must say that nobody answers.
    private static let lookLimit = 4_000
    private static let sendLimit = 5_000

    public init(_ configuration: KafkaConfiguration, topics: TopicNames) {
        self.configuration = configuration
        topic = topics.flowRuns
    }

    deinit { ready?.producer.close(withinMilliseconds: 500) }

    public func publish(runID: String, request: Bytes) throws(AccessFailure) {
        do throws(KafkaError) {
            try send(runID, request)
        } catch {
            ready = nil
            throw AccessFailure(error, place: configuration.bootstrapServers, doing: topic)
        }
    }

    private func send(_ runID: String, _ request: Bytes) throws(KafkaError) {
        let (producer, topic) = try connected()
        let key = Array(runID.utf8)
        let outcome = unsafe key.withUnsafeBytes { key in
            unsafe request.withUnsafeBytes { value in
                Result { () throws(KafkaError) in unsafe try producer.send(topic: topic, key: key, value: value) }
            }
        }
        try outcome.get()
        // The report comes at the latest when the message's own limit has passed.
        _ = producer.flush(timeoutMilliseconds: Self.sendLimit + 500)
        if let failure = producer.takeFailures().first { throw failure.error }
    }

    public func send(_ requests: [RetryRequest]) throws(AccessFailure) {
        try publish(requests.map { RunMessage(runID: $0.runID, value: $0.message[...]) })
    }

    /// All of them in one flush.
    public func publish(_ messages: [RunMessage]) throws(AccessFailure) {
        do throws(KafkaError) {
            let (producer, topic) = try connected()
            var batch = KafkaBatch()
            for message in messages {
                batch.append(topic: topic, key: Array(message.runID.utf8)) { $0 += message.value }
            }
            var sent = 0
            while sent < batch.count {
                sent += try producer.send(batch, from: sent)
                _ = producer.flush(timeoutMilliseconds: Self.sendLimit + 500)
            }
            if let failure = producer.takeFailures().first { throw failure.error }
        } catch {
            ready?.producer.close(withinMilliseconds: 200)
            ready = nil
            throw AccessFailure(error, place: configuration.bootstrapServers, doing: topic)
        }
    }

    private func connected() throws(KafkaError) -> (KafkaProducer, Int) {
        if let ready { return ready }
        var settings = KafkaProducerSettings(messageTimeoutMilliseconds: Self.sendLimit)
        settings.messageMaxBytes = Limits.messageBytes
        let producer = try KafkaProducer(configuration, settings)
        _ = try producer.partitionCount(topic, timeoutMilliseconds: Self.lookLimit)
        let made = (producer, try producer.topic(topic))
        ready = made
        return made
    }
}
