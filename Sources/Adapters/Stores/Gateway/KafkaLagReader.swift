public import Kafka
public import Workflow

/// How far each consumer group is, asked of Kafka itself. Connects for each question: it is asked by people.
public struct KafkaLagReader: LagReading {
    /// A consumer group and the topics it reads.
    public struct Consumer: Sendable {
        let group: String
        let topics: [String]

        public init(group: String, topics: [String]) {
            self.group = group
            self.topics = topics
        }
    }

    private let kafka: KafkaConfiguration
    private let consumers: [Consumer]
    /// For all of it: whoever asks hears within two seconds that Kafka is away, or too slow.
    private static let patience = 1_700

    public init(_ kafka: KafkaConfiguration, _ consumers: [Consumer]) {
        self.kafka = kafka
        self.consumers = consumers
    }

    public func lags() throws(AccessFailure) -> [PartitionLag] {
        do throws(KafkaError) {
            let end = ContinuousClock.now + .milliseconds(Self.patience)
            var all: [PartitionLag] = []
            for consumer in consumers {
                let reader = try GroupReader(
                    kafka, group: consumer.group, timeoutMilliseconds: Self.patience, end: end)
                for topic in consumer.topics { all += try lags(of: topic, consumer.group, reader) }
            }
            return all
        } catch {
            throw AccessFailure(error, place: kafka.bootstrapServers, doing: "read how far consumers are")
        }
    }

    private func lags(of topic: String, _ group: String, _ reader: GroupReader) throws(KafkaError) -> [PartitionLag] {
        do throws(KafkaError) {
            let commits = try reader.commits(of: topic)
            return try reader.progress(of: topic).map { progress in
                let committed = commits.first { $0.partition.partition == progress.partition }?.offset
                return PartitionLag(
                    topic: topic, partition: Int(progress.partition), group: group, committed: committed,
                    end: progress.end, lag: max(0, progress.end - progress.reached))
            }
        } catch {
            guard error.isUnknownTopic else { throw error }
            return []
        }
    }
}
