import Testing

@testable import Kafka

/// Reading from where the owner says.
@Suite struct KafkaPositionTests {
    @Test(arguments: BrokerKind.present)
    func `explicit positions are read from exactly there`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 2)
        try broker.fill(topic, (0..<10).map { "a\($0)" }, partition: 0)
        try broker.fill(topic, (0..<10).map { "b\($0)" }, partition: 1)
        let reader = try Reader(broker)
        let first = TopicPartition(topic, 0)
        let second = TopicPartition(topic, 1)
        try reader.consumer.assign([KafkaPosition(first, .offset(7)), KafkaPosition(second, .offset(9))])
        let isRead = reader.poll { reader.records.count == 4 }
        #expect(isRead && Set(reader.values) == ["a7", "a8", "a9", "b9"])
        #expect(reader.consumer.assignment == [first, second])
        try reader.consumer.assign([KafkaPosition(first, .offset(9))])
        let isAgain = reader.poll { reader.records.count == 5 }
        #expect(isAgain && reader.values.last == "a9" && reader.consumer.assignment == [first])
    }

    @Test(arguments: BrokerKind.present)
    func `a seek goes back`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic()
        try broker.fill(topic, ["0", "1", "2"])
        let reader = try Reader(broker)
        let partition = TopicPartition(topic, 0)
        try reader.consumer.assign([KafkaPosition(partition, .beginning)])
        let isRead = reader.poll { reader.records.count == 3 }
        try reader.consumer.seek([KafkaPosition(partition, .offset(1))], timeoutMilliseconds: 5_000)
        let isAgain = reader.poll { reader.records.count == 5 }
        #expect(isRead && isAgain && reader.values == ["0", "1", "2", "1", "2"])
    }

    @Test(arguments: BrokerKind.present)
    func `a paused partition brings nothing until it is resumed, and then everything`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 2)
        let paused = TopicPartition(topic, 0)
        let reader = try Reader(broker)
        try reader.consumer.assign((0..<2).map { KafkaPosition(TopicPartition(topic, $0), .beginning) })
        reader.poll(forMilliseconds: 100)
        try reader.consumer.pause([paused])
        try broker.fill(topic, ["a", "b"], partition: 0)
        try broker.fill(topic, ["c"], partition: 1)
        let isOther = reader.poll { !reader.records.isEmpty }
        reader.poll(forMilliseconds: 300)
        #expect(isOther && reader.values == ["c"])
        try reader.consumer.resume([paused])
        let isRead = reader.poll { reader.records.count == 3 }
        #expect(isRead && reader.values == ["c", "a", "b"])
    }

    @Test(arguments: BrokerKind.present)
    func `a position that does not exist is an event, and reading goes on where the owner says`(
        _ kind: BrokerKind
    ) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic()
        try broker.fill(topic, ["0", "1"])
        let reader = try Reader(broker)
        let partition = TopicPartition(topic, 0)
        try reader.consumer.assign([KafkaPosition(partition, .offset(50))])
        let isTold = reader.poll { !reader.events.isEmpty }
        #expect(isTold && reader.events == [.offsetOutOfRange(partition, offset: 50)])
        try reader.consumer.assign([KafkaPosition(partition, .offset(1))])
        let isRead = reader.poll { reader.records.count == 1 }
        #expect(isRead && reader.values == ["1"])
    }

    @Test(arguments: BrokerKind.present)
    func `watermarks, ends and partition counts are told`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 2)
        try broker.fill(topic, ["0", "1", "2"], partition: 1)
        let reader = try Reader(broker)
        let partitions = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
        let marks = try reader.consumer.watermarks(partitions[1], timeoutMilliseconds: 5_000)
        let count = try reader.consumer.partitionCount(topic, timeoutMilliseconds: 5_000)
        let ends = try reader.consumer.endOffsets(partitions, timeoutMilliseconds: 5_000)
        #expect(marks == KafkaWatermarks(low: 0, high: 3) && count == 2)
        #expect(ends.map(\.offset) == [0, 3])
    }

    @Test(.enabled(if: TestKafka.isThere, TestKafka.reason))
    func `a topic that does not exist is told from one without partitions`() throws {
        let reader = try Reader(TestBroker(.real))
        let unknown = #expect(throws: KafkaError.self) {
            try reader.consumer.partitionCount(TestKafka.unique("none"), timeoutMilliseconds: 5_000)
        }
        #expect(unknown?.isUnknownTopic == true)
        try reader.consumer.subscribe([TestKafka.unique("none")])
        let isTold = reader.poll { !reader.events.isEmpty }
        guard case .partitionError(_, let error) = reader.events.first else {
            return #expect(Bool(false), "\(reader.events)")
        }
        #expect(isTold && error.isUnknownTopic)
    }

    @Test(.enabled(if: TestKafka.isThere, TestKafka.reason))
    func `offsets are found by time`() throws {
        let broker = try TestBroker(.real)
        let topic = try broker.topic()
        try broker.fill(topic, ["0", "1"])
        let reader = try Reader(broker)
        let partition = TopicPartition(topic, 0)
        let first = try reader.consumer.offsets(of: [partition], at: 1, timeoutMilliseconds: 5_000)
        let none = try reader.consumer.offsets(of: [partition], at: 4_000_000_000_000, timeoutMilliseconds: 5_000)
        #expect(first.map(\.offset) == [0] && none.map(\.offset) == [nil])
    }
}
