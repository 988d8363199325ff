import Kafka
import Platform
import Stores
import Workflow

extension Command {
    static let devBroker = Command(
        "dev-broker", "run a small Kafka in memory, for a first look and for tests",
        discussion: """
            A broker on loopback out of librdkafka's mock cluster, with the topics of the contract. It serves other
            processes, keeps about 5 MB a partition, and forgets everything when it ends. Prints the settings to export,
            then runs until SIGTERM or Ctrl-C.
            """,
        examples: ["flowfleet dev-broker"]
    ) { call throws(CommandFailure) in
        let stop = StopSignal.fromSignals()
        let layout = try Connections(call).topics
        let cluster: KafkaMockCluster
        do throws(KafkaError) {
            cluster = try KafkaMockCluster()
            for topic in layout.topics { try cluster.createTopic(topic.name, partitions: topic.partitions) }
        } catch {
            throw CommandFailure(.failed, "the dev broker does not start: \(error)")
        }
        call.console.put("export ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS=\(cluster.bootstrapServers)")
        call.console.note("dev broker with \(layout.topics.count) topics, in memory only; Ctrl-C ends it")
        stop.wait()
        return withExtendedLifetime(cluster) { .ok }
    }
}
