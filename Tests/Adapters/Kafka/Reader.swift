import Foundation
import Testing

@testable import Kafka

/// A consumer that keeps what it is given, and is stepped by the test.
final class Reader {
    struct Received: Equatable {
        var topic: String
        var partition: Int32
        var offset: Int64
        var value: String
    }

    let consumer: KafkaConsumer
    private(set) var records: [Received] = []
    private(set) var events: [KafkaEvent] = []
    private(set) var rebalances: [KafkaRebalance] = []
    /// What the test does inside the closure; without it an assignment is answered from the beginning.
    var answer: ((KafkaConsumer, KafkaRebalance) -> Void)?

    init(_ broker: TestBroker, _ group: KafkaGroup = KafkaGroup(TestKafka.unique("group"))) throws {
        consumer = try KafkaConsumer(broker.configuration(), group)
        consumer.onRebalance = { [unowned self] change in
            rebalances.append(change)
            if let answer { return answer(consumer, change) }
            guard case .assigned(let partitions) = change else { return }
            try? consumer.assign(partitions.map { KafkaPosition($0, .beginning) })
        }
    }

    deinit {
        consumer.onRebalance = nil
        consumer.close(withinMilliseconds: 3_000)
    }

    var values: [String] { records.map(\.value) }
    var offsetsRead: [Int64] { records.map(\.offset) }

    /// Polls until the condition holds; false when it does not in time.
    func poll(seconds: Double = 90, until condition: () -> Bool) -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while !condition() {
            guard ContinuousClock.now < end else { return false }
            step()
        }
        return true
    }

    /// Polls for a while, whatever comes.
    func poll(forMilliseconds time: Int) {
        let end = ContinuousClock.now + .milliseconds(time)
        while ContinuousClock.now < end { step() }
    }

    private func step() {
        let result = consumer.poll(timeoutMilliseconds: 20) { record in
            records.append(
                Received(
                    topic: consumer.topicName(record.topic), partition: record.partition, offset: record.offset,
                    value: record.value.map { String(decoding: $0, as: UTF8.self) } ?? "nil"))
        }
        if case .event(let event) = result { events.append(event) }
    }

    var held: [TopicPartition] {
        guard case .assigned(let partitions) = rebalances.last else { return [] }
        return partitions.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }
}

/// Polls several members in turn, as their own threads would.
func poll(_ readers: [Reader], seconds: Double = 90, until condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while !condition() {
        guard ContinuousClock.now < end else { return false }
        for reader in readers { reader.poll(forMilliseconds: 5) }
    }
    return true
}
