import Testing

@testable import Kafka

/// Assignments, hand-overs and commits.
@Suite struct KafkaGroupTests {
    @Test(arguments: BrokerKind.present)
    func `an assignment may be answered empty and given its positions later`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 2)
        for partition in 0..<2 {
            try broker.fill(topic, (0..<5).map { "\(partition)-\($0)" }, partition: Int32(partition))
        }
        let group = TestKafka.unique("group")
        let reader = try Reader(broker, KafkaGroup(group))
        reader.answer = { consumer, change in
            if case .assigned = change { try? consumer.assign([]) }
        }
        try reader.consumer.subscribe([topic])
        let isAssigned = reader.poll { reader.held.count == 2 }
        reader.poll(forMilliseconds: 300)
        #expect(isAssigned && reader.records.isEmpty && reader.consumer.assignment.isEmpty)

        try reader.consumer.assign(reader.held.map { KafkaPosition($0, .offset(3)) })
        let isRead = reader.poll { reader.records.count == 4 }
        #expect(isRead && Set(reader.values) == ["0-3", "0-4", "1-3", "1-4"])

        let commits = reader.held.map { KafkaOffset($0, 5, metadata: "m\($0.partition)") }
        try reader.consumer.commit([commits[0]], timeoutMilliseconds: 5_000)
        try reader.consumer.commitLater([commits[1]])
        reader.poll(forMilliseconds: 200)
        let committed = try reader.consumer.committed(reader.held, timeoutMilliseconds: 5_000)
        #expect(committed == commits && reader.events.isEmpty)
    }

    @Test(arguments: BrokerKind.present)
    func `a member that was given nothing yet gives up what it owes, and takes the next assignment`(
        _ kind: BrokerKind
    ) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 2)
        for partition in 0..<2 { try broker.fill(topic, ["\(partition)"], partition: Int32(partition)) }
        let group = TestKafka.unique("group")
        let first = try Reader(broker, KafkaGroup(group))
        first.answer = { _, _ in }
        try first.consumer.subscribe([topic])
        let isAlone = first.poll { first.held.count == 2 }
        let second = try Reader(broker, KafkaGroup(group))
        try second.consumer.subscribe([topic])
        let isShared = poll([first, second]) { first.held.count == 1 && second.held.count == 1 }
        #expect(isAlone && isShared && first.records.isEmpty)
        // A slow machine may see one more round of the group; what counts is that the first member gave up both.
        let givenUp = first.rebalances.compactMap { change -> [TopicPartition]? in
            switch change {
            case .revoked(let partitions), .lost(let partitions): partitions
            case .assigned: nil
            }
        }
        #expect(givenUp.first?.count == 2, "\(first.rebalances)")

        try first.consumer.assign(first.held.map { KafkaPosition($0, .beginning) })
        let isRead = poll([first, second]) { first.records.count == 1 && second.records.count == 1 }
        #expect(isRead && Set(first.values + second.values) == ["0", "1"])
        try first.consumer.commit([KafkaOffset(first.held[0], 1)], timeoutMilliseconds: 5_000)
        second.consumer.close(withinMilliseconds: 5_000)
        let isBack = first.poll { first.held.count == 2 }
        #expect(isBack)
    }

    @Test(arguments: BrokerKind.present)
    func `commits made while being revoked are read back while being assigned`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic(partitions: 1)
        let group = TestKafka.unique("group")
        let metadata = String(repeating: "m", count: 460)
        let first = try Reader(broker, KafkaGroup(group))
        first.answer = { consumer, change in
            if case .assigned(let held) = change { try? consumer.assign(held.map { KafkaPosition($0, .beginning) }) }
            guard case .revoked(let held) = change else { return }
            try? consumer.commit(held.map { KafkaOffset($0, 7, metadata: metadata) }, timeoutMilliseconds: 5_000)
        }
        try first.consumer.subscribe([topic])
        let isHeld = first.poll { first.held.count == 1 }
        first.consumer.close(withinMilliseconds: 5_000)
        let second = try Reader(broker, KafkaGroup(group))
        var found: [KafkaOffset] = []
        second.answer = { consumer, change in
            guard case .assigned(let held) = change else { return }
            found = (try? consumer.committed(held, timeoutMilliseconds: 5_000)) ?? []
        }
        try second.consumer.subscribe([topic])
        let isFound = second.poll { !found.isEmpty }
        #expect(isHeld && isFound && found == [KafkaOffset(TopicPartition(topic, 0), 7, metadata: metadata)])
    }

    @Test(arguments: BrokerKind.present)
    func `a partition nobody committed has no offset`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic()
        let reader = try Reader(broker)
        let partition = TopicPartition(topic, 0)
        let committed = try reader.consumer.committed([partition], timeoutMilliseconds: 10_000)
        #expect(committed == [KafkaOffset(partition, nil)])
    }

    @Test(.enabled(if: TestKafka.isThere, TestKafka.reason))
    func `a static member that returns takes its partitions without disturbing the other`() throws {
        let broker = try TestBroker(.real)
        let topic = try broker.topic(partitions: 4)
        let group = TestKafka.unique("group")
        let first = try Reader(broker, KafkaGroup(group, instanceID: "one"))
        try first.consumer.subscribe([topic])
        let second = try Reader(broker, KafkaGroup(group, instanceID: "two"))
        try second.consumer.subscribe([topic])
        let isShared = poll([first, second]) { first.held.count == 2 && second.held.count == 2 }
        let held = second.held
        let changes = first.rebalances.count
        #expect(isShared)

        second.consumer.close(withinMilliseconds: 3_000)
        let again = try Reader(broker, KafkaGroup(group, instanceID: "two"))
        try again.consumer.subscribe([topic])
        let isBack = poll([first, again]) { again.held == held }
        #expect(isBack && first.rebalances.count == changes)
    }

    @Test(.enabled(if: TestKafka.isThere, TestKafka.reason))
    func `a member whose instance name another one took is told that it is fenced`() throws {
        let broker = try TestBroker(.real)
        let topic = try broker.topic()
        let group = KafkaGroup(TestKafka.unique("group"), instanceID: "one")
        let first = try Reader(broker, group)
        try first.consumer.subscribe([topic])
        let isHeld = first.poll { first.held.count == 1 }
        let second = try Reader(broker, group)
        try second.consumer.subscribe([topic])
        let isFenced = poll([first, second]) {
            first.events.contains { if case .fatal(let error) = $0 { error.isFenced } else { false } }
        }
        #expect(isHeld && isFenced)
    }

    @Test(arguments: BrokerKind.present)
    func `a commit of what is not held is refused before it can fence the member`(_ kind: BrokerKind) throws {
        let broker = try TestBroker(kind)
        let topic = try broker.topic()
        let reader = try Reader(broker, KafkaGroup(TestKafka.unique("group"), instanceID: "one"))
        try reader.consumer.subscribe([topic])
        let offset = KafkaOffset(TopicPartition(topic, 0), 1)
        let early = #expect(throws: KafkaError.self) { try reader.consumer.commitLater([offset]) }
        let isHeld = reader.poll { reader.held.count == 1 }
        try reader.consumer.commit([offset], timeoutMilliseconds: 5_000)
        #expect(isHeld && early?.name == "_STATE" && reader.events.isEmpty)
    }

    @Test(.enabled(if: TestKafka.isThere, TestKafka.reason))
    func `metadata over the broker's limit is refused and named`() throws {
        let broker = try TestBroker(.real)
        let topic = try broker.topic()
        let reader = try Reader(broker)
        try reader.consumer.subscribe([topic])
        let isHeld = reader.poll { reader.held.count == 1 }
        let large = KafkaOffset(TopicPartition(topic, 0), 1, metadata: String(repeating: "m", count: 4_097))
        let error = #expect(throws: KafkaError.self) {
            try reader.consumer.commit([large], timeoutMilliseconds: 5_000)
        }
        #expect(isHeld && error?.name == "OFFSET_METADATA_TOO_LARGE")
        try reader.consumer.commitLater([large])
        let isTold = reader.poll { !reader.events.isEmpty }
        guard case .commitFailed(let refusal, let offsets) = reader.events.first else {
            return #expect(Bool(false), "\(reader.events)")
        }
        #expect(isTold && refusal.name == "OFFSET_METADATA_TOO_LARGE" && offsets.count == 1)
    }
}
