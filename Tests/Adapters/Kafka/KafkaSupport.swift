import Foundation
import Testing

@testable import Kafka

/// The Kafka these tests run against; without one only the mock broker is tested, and the rest says so.
enum TestKafka {
    /// The controller has made a topic a moment before the broker tells of it; under load that moment is seen.
    static func waitForTopic(_ name: String, partitions: Int) throws {
        let admin = try admin()
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if try admin.partitionCounts([name])[name] == partitions { return }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    static let servers = ProcessInfo.processInfo.environment["FLOWFLEET_TEST_KAFKA"]
    static var isThere: Bool { servers != nil }
    static let reason: Comment = "FLOWFLEET_TEST_KAFKA names no Kafka"

    static func unique(_ word: String) -> String { "test-\(word)-\(UInt64.random(in: 0 ... .max))" }

    static func admin() throws -> KafkaAdmin {
        try KafkaAdmin(KafkaConfiguration(bootstrapServers: #require(servers)))
    }
}

/// What a conformance case runs on: the real Kafka where there is one, and always the mock broker.
enum BrokerKind: String, CaseIterable, CustomTestStringConvertible {
    case real, mock

    static let present: [BrokerKind] = TestKafka.isThere ? [.real, .mock] : [.mock]
    var testDescription: String { rawValue }
}

/// A broker of one test, and topics with names of their own.
final class TestBroker {
    let servers: String
    let mock: KafkaMockCluster?

    init(_ kind: BrokerKind) throws {
        mock = kind == .mock ? try KafkaMockCluster() : nil
        servers = try mock?.bootstrapServers ?? #require(TestKafka.servers)
    }

    func topic(partitions: Int = 1, _ settings: [String: String] = [:]) throws -> String {
        let name = TestKafka.unique("topic")
        if let mock {
            try mock.createTopic(name, partitions: partitions)
        } else {
            let topic = KafkaNewTopic(name, partitions: partitions, settings: settings)
            let failures = try TestKafka.admin().createTopics([topic])
            if let failure = failures[name] { throw failure }
            try TestKafka.waitForTopic(name, partitions: partitions)
        }
        return name
    }

    func configuration(_ options: [(key: String, value: String)] = []) -> KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: servers, options: options)
    }

    func producer(messageTimeoutMilliseconds: Int = 10_000) throws -> KafkaProducer {
        try KafkaProducer(
            configuration(), KafkaProducerSettings(messageTimeoutMilliseconds: messageTimeoutMilliseconds))
    }

    /// Writes these values to one partition and waits until all are there.
    func fill(_ topic: String, _ values: [String], partition: Int32 = 0) throws {
        let producer = try producer()
        var batch = KafkaBatch()
        let number = try producer.topic(topic)
        for value in values {
            batch.append(topic: number, partition: partition, key: nil as [UInt8]?, value: Array(value.utf8))
        }
        _ = try producer.send(batch)
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(isDone && producer.failed == 0)
        producer.close(withinMilliseconds: 1_000)
    }
}
