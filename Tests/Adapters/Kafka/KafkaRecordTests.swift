import Testing

@testable import Kafka

/// What is written comes back as it was.
@Suite struct KafkaRecordTests {
    @Test(arguments: BrokerKind.present)
    func `a record comes back with its key, value, headers, time and place`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 3)
        let headers = [KafkaHeader("a", Array("1".utf8)), KafkaHeader("b", []), KafkaHeader("a", [0, 255])]
        let producer = try broker.producer()
        let number = try producer.topic(topic)
        try [UInt8]("key".utf8).withUnsafeBytes { key in
            try producer.send(topic: number, partition: 2, key: key, value: key, headers: KafkaHeaderList(headers))
        }
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(isDone && producer.delivered == 1 && producer.outstanding == 0)

        let consumer = try KafkaConsumer(broker.configuration(), KafkaGroup("g"))
        try consumer.assign([KafkaPosition(TopicPartition(topic, 2), .beginning)])
        let wanted = try consumer.topic(topic)
        var count = 0
        while count == 0 {
            _ = consumer.poll(timeoutMilliseconds: 1_000) { record in
                count += 1
                let copies = record.copyHeaders()
                let last = record.header("a").map(Array.init)
                let none = record.header("none") == nil
                let time = record.timestamp ?? 0
                #expect(record.topic == wanted && record.partition == 2 && record.offset == 0)
                #expect(record.key.map(Array.init) == Array("key".utf8))
                #expect(record.value.map(Array.init) == Array("key".utf8))
                #expect(copies == headers && last == [0, 255] && none && time > 1_600_000_000_000)
            }
        }
        consumer.close(withinMilliseconds: 2_000)
        producer.close(withinMilliseconds: 2_000)
    }

    @Test(arguments: BrokerKind.present)
    func `no key and no value are told apart from empty ones`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic()
        let producer = try broker.producer()
        let number = try producer.topic(topic)
        var batch = KafkaBatch()
        batch.append(topic: number, partition: 0, key: [] as [UInt8], value: [] as [UInt8])
        batch.append(topic: number, partition: 0, key: nil as [UInt8]?, value: nil as [UInt8]?)
        _ = try producer.send(batch)
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(isDone)

        let consumer = try KafkaConsumer(broker.configuration(), KafkaGroup("g"))
        try consumer.assign([KafkaPosition(TopicPartition(topic, 0), .beginning)])
        var seen: [[Int?]] = []
        while seen.count < 2 {
            _ = consumer.poll(timeoutMilliseconds: 1_000) { seen.append([$0.key?.count, $0.value?.count]) }
        }
        #expect(seen == [[0, 0], [nil, nil]])
        consumer.close(withinMilliseconds: 2_000)
    }

    @Test(arguments: BrokerKind.present)
    func `a batch keeps its order in each partition, and every token is reported once`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 2)
        let producer = try broker.producer()
        var tokens: [UInt] = []
        producer.onDelivery = { token, error in if error == nil { tokens.append(token) } }
        let number = try producer.topic(topic)
        var batch = KafkaBatch()
        for index in 0..<2_000 {
            let partition = Int32(index % 2)
            batch.append(topic: number, partition: partition, key: "k".utf8, token: UInt(index)) { bytes in
                bytes.append(contentsOf: "v\(index)".utf8)
            }
        }
        let taken = try producer.send(batch)
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(taken == 2_000 && isDone && producer.delivered == 2_000)
        #expect(tokens.sorted() == Array(0..<2_000))

        let reader = try Reader(broker)
        try reader.consumer.assign((0..<2).map { KafkaPosition(TopicPartition(topic, $0), .beginning) })
        let isRead = reader.poll { reader.records.count == 2_000 }
        #expect(isRead)
        for partition in 0..<2 {
            let values = reader.records.filter { Int($0.partition) == partition }.map(\.value)
            #expect(values == stride(from: partition, to: 2_000, by: 2).map { "v\($0)" })
        }
    }

    @Test(arguments: BrokerKind.present)
    func `the same key goes to the same partition, the one Java would choose`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 12)
        let producer = try broker.producer()
        let number = try producer.topic(topic)
        var batch = KafkaBatch()
        for _ in 0..<3 { batch.append(topic: number, key: Array("21".utf8), value: Array("x".utf8)) }
        _ = try producer.send(batch)
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(isDone)
        let reader = try Reader(broker)
        try reader.consumer.assign((0..<12).map { KafkaPosition(TopicPartition(topic, $0), .beginning) })
        let isRead = reader.poll { reader.records.count == 3 }
        // murmur2("21") is -973932308 (Kafka's own test), made positive: 1173551340, modulo 12.
        #expect(isRead && reader.records.allSatisfy { $0.partition == 1_173_551_340 % 12 })
    }
}
