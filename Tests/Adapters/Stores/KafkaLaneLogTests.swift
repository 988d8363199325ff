import Kafka
import Testing
import Workflow

@testable import Stores

/// The lanes' view of Kafka, on a broker.
@Suite struct KafkaLaneLogTests {
    @Test func `a lane that was held back when it was assigned again is read again`() throws {
        let cluster = try KafkaMockCluster()
        let topics = TopicNames(prefix: "")
        for topic in InputTopic.allCases { try cluster.createTopic(topics.name(of: topic), partitions: 1) }
        let configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
        let log = try KafkaLaneLog(
            configuration, group: KafkaGroup("lanes"), firstOffsets: .earliest,
            topics: topics, executorGroup: "executors",
            clock: SystemLaneClock())
        defer { log.close(withinMilliseconds: 1_000) }
        let start = [Int32(0): LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)]
        var inbox: [InputRecord] = []
        try #require(Self.poll(log, &inbox) { $0.assigned == [0] })
        try log.assign(start)
        var held = ReceiveLimits()
        held.records = 0
        _ = log.receive(into: &inbox, limits: held, wait: 50_000)
        log.holdResults(of: [0])
        try Self.fill(configuration, topics)
        try log.assign(start)
        let isRead = Self.poll(log, &inbox) { _ in
            false
        } until: {
            $0.count == 3
        }
        #expect(isRead, "\(inbox.map { "\($0.topic)" })")
    }

    /// One record on each of the three topics.
    private static func fill(_ configuration: KafkaConfiguration, _ topics: TopicNames) throws {
        let producer = try KafkaProducer(configuration)
        var batch = KafkaBatch()
        for topic in InputTopic.allCases {
            let number = try producer.topic(topics.name(of: topic))
            batch.append(topic: number, partition: 0, key: nil as [UInt8]?, value: Array("{}".utf8))
        }
        _ = try producer.send(batch)
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(isDone && producer.failed == 0)
        producer.close(withinMilliseconds: 1_000)
    }

    private static func poll(
        _ log: KafkaLaneLog, _ inbox: inout [InputRecord], _ isDone: (LogSignals) -> Bool,
        until hasAll: ([InputRecord]) -> Bool = { _ in false }
    ) -> Bool {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let signals = log.receive(into: &inbox, limits: ReceiveLimits(), wait: 100_000)
            if isDone(signals) || hasAll(inbox) { return true }
        }
        return false
    }
}
