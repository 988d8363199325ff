import Testing

@testable import Kafka

@Suite(.enabled(if: TestKafka.isThere, TestKafka.reason))
struct KafkaAdminTests {
    let admin: KafkaAdmin
    let topic = TestKafka.unique("topic")

    init() throws { admin = try TestKafka.admin() }

    @Test func `topics are made, counted, raised and deleted, and each refusal is named`() throws {
        let made = try admin.createTopics([KafkaNewTopic(topic, partitions: 2)])
        let again = try admin.createTopics([KafkaNewTopic(topic, partitions: 2)])
        #expect(made.isEmpty && again[topic]?.isTopicExists == true)
        try TestKafka.waitForTopic(topic, partitions: 2)
        let counts = try admin.partitionCounts([topic, "none"])
        #expect(counts == [topic: 2])
        try admin.createPartitions(topic, total: 5)
        try TestKafka.waitForTopic(topic, partitions: 5)
        let raised = try admin.partitionCounts([topic])
        #expect(raised == [topic: 5])
        let lowered = #expect(throws: KafkaError.self) { try admin.createPartitions(topic, total: 3) }
        #expect(lowered?.name == "INVALID_PARTITIONS")
        let deleted = try admin.deleteTopics([topic, "none"])
        #expect(deleted.count == 1 && deleted["none"]?.isUnknownTopic == true)
    }

    @Test func `one setting of a topic is changed and its others stay`() throws {
        let new = KafkaNewTopic(topic, partitions: 1, settings: ["retention.ms": "1209600000"])
        _ = try admin.createTopics([new])
        try TestKafka.waitForTopic(topic, partitions: 1)
        // What the controller has decided reaches the broker that describes it a moment later.
        let isMade = try eventually { try admin.settings(ofTopic: topic)["retention.ms"] == "1209600000" }
        try admin.alterSettings(ofTopic: topic, ["max.message.bytes": "2097152"])
        let isChanged = try eventually { try admin.settings(ofTopic: topic)["max.message.bytes"] == "2097152" }
        let settings = try admin.settings(ofTopic: topic)
        #expect(isMade && isChanged && settings["retention.ms"] == "1209600000")
        let wrong = #expect(throws: KafkaError.self) {
            try admin.alterSettings(ofTopic: topic, ["retention.ms": "soon"])
        }
        #expect(wrong?.message.contains("retention.ms") == true)
        _ = try admin.deleteTopics([topic])
    }

    private func eventually(_ holds: () throws -> Bool) rethrows -> Bool {
        let limit = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < limit { if try holds() { return true } }
        return false
    }

    @Test func `deleted records move the low watermark, and a reader behind it is told`() throws {
        let broker = try TestBroker(.real)
        let topic = try broker.topic()
        let partition = TopicPartition(topic, 0)
        try broker.fill(topic, ["0", "1", "2"])
        try admin.deleteRecords(before: [KafkaOffset(partition, 2)])
        let marks = try admin.watermarks(partition)
        let ends = try admin.endOffsets([partition])
        #expect(marks == KafkaWatermarks(low: 2, high: 3) && ends == [KafkaOffset(partition, 3)])
        let reader = try Reader(broker)
        try reader.consumer.assign([KafkaPosition(partition, .offset(1))])
        let isTold = reader.poll { !reader.events.isEmpty }
        #expect(isTold && reader.events == [.offsetOutOfRange(partition, offset: 1)])
    }

    @Test func `a group's commits are written, read and forgotten with their metadata`() throws {
        let broker = try TestBroker(.real)
        let topic = try broker.topic(partitions: 2)
        let group = TestKafka.unique("group")
        let offsets = (0..<2).map { KafkaOffset(TopicPartition(topic, $0), Int64($0), metadata: "m\($0)") }
        // A fresh broker loads its groups for a moment.
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? admin.alterCommitted(group: group, offsets)) == nil, ContinuousClock.now < deadline {}
        let all = try admin.committed(group: group)
        let one = try admin.committed(group: group, [offsets[1].partition])
        #expect(Set(all) == Set(offsets) && one == [offsets[1]])
        try admin.deleteCommitted(group: group, [offsets[0].partition])
        let left = try admin.committed(group: group)
        #expect(left == [offsets[1]])
        let none = try admin.committed(group: TestKafka.unique("none"))
        #expect(none.isEmpty)
    }

    @Test func `a group's members and what they hold are told`() throws {
        let broker = try TestBroker(.real)
        let topic = try broker.topic(partitions: 2)
        let group = TestKafka.unique("group")
        let reader = try Reader(broker, KafkaGroup(group, instanceID: "one"))
        try reader.consumer.subscribe([topic])
        let isHeld = reader.poll { reader.held.count == 2 }
        let members = try admin.members(ofGroup: group)
        #expect(isHeld && members.count == 1 && members[0].instanceID == "one")
        #expect(members[0].partitions.count == 2 && members[0].id == reader.consumer.memberID)
        let none = try admin.members(ofGroup: TestKafka.unique("none"))
        #expect(none.isEmpty)
    }

    @Test func `the installation tells its id`() {
        let id = admin.clusterID()
        #expect(id?.isEmpty == false)
    }
}
