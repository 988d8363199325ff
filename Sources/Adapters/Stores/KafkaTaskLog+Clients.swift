import Kafka
import Synchronization
import Workflow

/// Making the clients, and making them again.
extension KafkaTaskLog {
    /// Makes the clients that are missing; at most once a second if that fails.
    func connect() {
        guard consumer == nil || producer == nil, ContinuousClock.now >= nextTry else { return }
        nextTry = .now + .seconds(1)
        do {
            if producer == nil { try makeProducer() }
            if consumer == nil { try makeConsumer() }
        } catch {
            note(reachable: false, "\(error)")
        }
    }

    private func makeConsumer() throws(KafkaError) {
        let consumer = try KafkaConsumer(settings.connection, settings.group)
        consumer.answersRevocations = false
        for topic in settings.tasks { _ = try consumer.topic(topic) }
        consumer.onRebalance = { [unowned self] in rebalance($0) }
        try consumer.subscribe(settings.tasks)
        waker.set(consumer.makeWaker())
        self.consumer = consumer
    }

    private func makeProducer() throws(KafkaError) {
        var limits = KafkaProducerSettings()
        limits.messageMaxBytes = 4 << 20
        // Never waited for: each publishing flushes. The client's threads turn idly while a short one runs out.
        limits.lingerMilliseconds = 20
        let producer = try KafkaProducer(settings.connection, limits)
        outTopics = []
        for topic in [settings.done, settings.failed, settings.deadLetters] {
            outTopics.append(try producer.topic(topic))
        }
        producer.onDelivery = { [unowned self] place, error in delivered(Int(place), error) }
        self.producer = producer
    }

    /// Gives up a consumer that can do nothing more; `connect` makes another.
    func replaceConsumer(_ error: KafkaError) {
        events.append(.lost(Array(held)))
        dropConsumer(withinMilliseconds: 500)
        note(reachable: false, "\(error)")
    }

    func dropConsumer(withinMilliseconds limit: Int) {
        waker.set(nil)
        consumer?.answersRevocations = true
        consumer?.onRebalance = nil
        consumer?.close(withinMilliseconds: limit)
        consumer = nil
        arriving = nil
        held = []
        paused = []
    }

    /// Gives up a producer that can do nothing more. Its results may or may not be in the log: they go again.
    func replaceProducer(_ error: KafkaError) {
        producer?.onDelivery = nil
        producer?.close(withinMilliseconds: 200)
        producer = nil
        for token in unreported.takeAll() { events.append(.reported(token: token, .undelivered)) }
        note(reachable: false, "\(error)")
    }

    private func delivered(_ place: Int, _ error: KafkaError?) {
        guard let token = unreported.take(place) else { return }
        guard let error else {
            events.append(.reported(token: token, .delivered))
            return note(reachable: true)
        }
        events.append(.reported(token: token, error.isTooLarge ? .tooLarge : .undelivered))
        if !error.isTooLarge { note(reachable: false, "\(error)") }
    }
}

/// Ends the waiting of whatever consumer there is now.
final class TaskLogWaker: Sendable {
    private let current = Mutex<KafkaWaker?>(nil)

    func set(_ waker: KafkaWaker?) { current.withLock { $0 = waker } }
    func wake() { current.withLock { $0?.wake() } }
}
