import Synchronization
import Testing

@testable import Kafka

/// What is told when something is wrong, and that nothing hangs.
@Suite struct KafkaFailureTests {
    static let nowhere = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")

    @Test func `a record that cannot be delivered in time is reported with its token`() throws {
        let broker = try TestBroker(.mock)
        let topic = try broker.topic()
        let producer = try broker.producer(messageTimeoutMilliseconds: 1_000)
        let number = try producer.topic(topic)
        let count = try producer.partitionCount(topic, timeoutMilliseconds: 5_000)
        try broker.mock?.kill()
        try producer.send(topic: number, partition: 0, key: nil, value: nil, token: 42)
        let isDone = producer.flush(timeoutMilliseconds: 5_000)
        let failures = producer.takeFailures()
        #expect(count == 1 && isDone && producer.failed == 1 && producer.outstanding == 0)
        #expect(failures.map(\.token) == [42] && failures[0].error.isTimeout && producer.takeFailures().isEmpty)
        #expect(producer.fatalError == nil)
    }

    @Test(arguments: BrokerKind.present)
    func `a partition that does not exist is refused`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 2)
        let producer = try broker.producer()
        let number = try producer.topic(topic)
        _ = try producer.partitionCount(topic, timeoutMilliseconds: 5_000)
        let error = #expect(throws: KafkaError.self) {
            try producer.send(topic: number, partition: 2, key: nil, value: nil)
        }
        #expect(error?.isUnknownTopic == true && producer.outstanding == 0)
    }

    @Test(arguments: BrokerKind.present)
    func `a record over the limit is refused at once and the others are taken`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic()
        let producer = try broker.producer()
        let number = try producer.topic(topic)
        let large = [UInt8](repeating: 1, count: 2 << 20)
        let error = #expect(throws: KafkaError.self) {
            try large.withUnsafeBytes { try producer.send(topic: number, partition: 0, key: nil, value: $0) }
        }
        try producer.send(topic: number, partition: 0, key: nil, value: nil)
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(error?.isTooLarge == true && isDone && producer.delivered == 1)
    }

    @Test func `a full queue takes a part of the batch and the rest later`() throws {
        let broker = try TestBroker(.mock)
        let topic = try broker.topic()
        var settings = KafkaProducerSettings()
        settings.queueMessages = 100
        let producer = try KafkaProducer(broker.configuration(), settings)
        var batch = KafkaBatch()
        let number = try producer.topic(topic)
        for index in 0..<250 {
            batch.append(topic: number, partition: 0, key: nil as [UInt8]?, value: "\(index)".utf8)
        }
        var taken = 0
        var rounds = 0
        while taken < batch.count {
            taken += try producer.send(batch, from: taken)
            rounds += 1
            producer.poll(timeoutMilliseconds: 100)
        }
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(rounds > 1 && isDone && producer.delivered == 250)
    }

    @Test func `a purge reports everything that was not delivered`() throws {
        let producer = try KafkaProducer(Self.nowhere)
        let number = try producer.topic("t")
        for token in 0..<10 { try producer.send(topic: number, key: nil, value: nil, token: UInt(token)) }
        producer.purge(includingInFlight: true)
        let isDone = producer.flush(timeoutMilliseconds: 2_000)
        let tokens = producer.takeFailures().map(\.token)
        #expect(isDone && tokens.sorted() == Array(0..<10))
    }

    @Test func `an unreachable broker is an event, and nothing hangs on it`() throws {
        let consumer = try KafkaConsumer(Self.nowhere, KafkaGroup("g"))
        try consumer.subscribe(["t"])
        var told: KafkaError?
        while told == nil {
            if case .event(.error(let error)) = consumer.poll(timeoutMilliseconds: 100, { _ in }) { told = error }
        }
        #expect(told?.isRetriable == true)
        let start = ContinuousClock.now
        let error = #expect(throws: KafkaError.self) {
            try consumer.committed([TopicPartition("t", 0)], timeoutMilliseconds: 300)
        }
        consumer.close(withinMilliseconds: 500)
        let admin = try KafkaAdmin(Self.nowhere, timeoutMilliseconds: 300)
        #expect(throws: KafkaError.self) { try admin.createTopics([KafkaNewTopic("t", partitions: 1)]) }
        let identity = admin.clusterID()
        #expect(error?.isRetriable == true && identity == nil)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `closing keeps to its time when the broker has died`() throws {
        let broker = try TestBroker(.mock)
        let topic = try broker.topic()
        let reader = try Reader(broker)
        try reader.consumer.subscribe([topic])
        let isHeld = reader.poll { reader.held.count == 1 }
        try broker.mock?.kill()
        let producer = try broker.producer()
        try producer.send(topic: producer.topic(topic), key: nil, value: nil)
        let start = ContinuousClock.now
        reader.consumer.close(withinMilliseconds: 500)
        producer.close(withinMilliseconds: 500)
        #expect(isHeld && ContinuousClock.now - start < .milliseconds(2_500))
        #expect(reader.held.isEmpty)
    }

    @Test func `reading goes on by itself when the broker returns`() throws {
        let broker = try TestBroker(.mock)
        let topic = try broker.topic()
        try broker.fill(topic, ["0"])
        let reader = try Reader(broker)
        try reader.consumer.assign([KafkaPosition(TopicPartition(topic, 0), .beginning)])
        let isRead = reader.poll { reader.records.count == 1 }
        try broker.mock?.kill()
        let isTold = reader.poll { !reader.events.isEmpty }
        try broker.mock?.revive()
        try broker.fill(topic, ["1"])
        let isBack = reader.poll { reader.records.count == 2 }
        #expect(isRead && isTold && isBack)
    }

    @Test func `log lines and statistics are handed over`() throws {
        let lines = Mutex<[String]>([])
        let reports = Mutex<[String]>([])
        var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", options: [("debug", "broker")])
        configuration.log = { _, text in lines.withLock { $0.append(text) } }
        configuration.statistics = { json in reports.withLock { $0.append(json) } }
        configuration.statisticsIntervalMilliseconds = 50
        let consumer = try KafkaConsumer(configuration, KafkaGroup("g"))
        let end = ContinuousClock.now + .seconds(10)
        while lines.withLock(\.isEmpty) || reports.withLock(\.isEmpty), ContinuousClock.now < end {
            _ = consumer.poll(timeoutMilliseconds: 50) { _ in }
        }
        let line = lines.withLock { $0.first }
        let report = reports.withLock { $0.first }
        #expect(line?.isEmpty == false && report?.first == "{")
        consumer.close(withinMilliseconds: 500)
    }

    @Test func `an unknown option is refused by name, and what correctness needs cannot be turned off`() throws {
        let wrong = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", options: [("no.such.option", "1")])
        let error = #expect(throws: KafkaError.self) { try KafkaProducer(wrong) }
        #expect(error?.message.contains("no.such.option") == true)
        let stubborn = KafkaConfiguration(
            bootstrapServers: "127.0.0.1:1",
            options: [("acks", "0"), ("enable.idempotence", "false"), ("enable.auto.commit", "true")])
        _ = try KafkaProducer(stubborn)
        _ = try KafkaConsumer(stubborn, KafkaGroup("g"))
    }
}
