import Kafka
import Testing
import Workflow

@testable import Stores

/// The gateway's view of `flow_runs`, on a broker.
@Suite struct KafkaStartLogTests {
    private let cluster: KafkaMockCluster

    init() throws {
        cluster = try KafkaMockCluster()
        try cluster.createTopic(TopicNames(prefix: "").flowRuns, partitions: 1)
    }

    private func log() -> KafkaStartLog {
        KafkaStartLog(
            KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), topics: TopicNames(prefix: ""),
            clock: SystemLaneClock())
    }

    private func messages(_ names: String...) -> [(key: String, value: [UInt8])] {
        names.map { ("k", Array($0.utf8)) }
    }

    /// All that is reported until something is.
    private func reports(_ log: KafkaStartLog) -> [Int] {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let places = log.reports(wait: 100_000).map(\.place)
            if !places.isEmpty { return places }
        }
        return []
    }

    @Test func `a report that comes late counts for nobody in the next list`() throws {
        let log = log()
        log.publish(messages("first", "second", "third"))
        log.publish(messages("fourth"))
        // One key, one partition: the fourth is reported behind the others.
        let places = reports(log)
        #expect(places == [0])
        let more = log.reports(wait: 10_000)
        #expect(more.isEmpty)
    }

    @Test func `every message of a list is reported once, by its place`() throws {
        let log = log()
        log.publish(messages("a", "b", "c"))
        var places: [Int] = []
        while places.count < 3 {
            let found = reports(log)
            try #require(!found.isEmpty)
            places += found
        }
        #expect(places.sorted() == [0, 1, 2] && log.trouble() == nil)
    }

    @Test func `a log that goes while reports are owed takes none of them`() {
        var owing: KafkaStartLog? = log()
        owing?.publish(messages("a", "b"))
        owing = nil
        #expect(owing == nil)
    }
}
