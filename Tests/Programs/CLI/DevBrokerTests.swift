import Kafka
import Platform
import Stores
import Testing

@testable import flowfleet

/// Commands that need Kafka only, on the dev broker.
@Suite struct DevBrokerTests {
    let cluster: KafkaMockCluster
    let environment: [String: String]

    init() throws {
        cluster = try KafkaMockCluster(log: { _, _ in })
        for topic in TopicLayout().topics {
            try cluster.createTopic(topic.name, partitions: topic.partitions)
        }
        environment = ["ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrapServers]
    }

    func run(_ words: String..., settings: [String: String] = [:]) -> (code: ExitCode, printed: Recorder) {
        let recorder = Recorder()
        let shell = Shell(commands: CommandTable.all, console: recorder.console)
        return (shell.run(words, environment: environment.merging(settings) { $1 }), recorder)
    }

    @Test func `its topics are those that admin topics wants`() {
        let (code, printed) = run("admin", "topics", "-o", "jsonl")
        let kept = printed.data.split(separator: "\n").filter { $0.contains(#""outcome":"there already""#) }.count
        #expect(code == .ok, "\(printed.notes)")
        #expect(kept == 6)
    }

    @Test func `it makes the topics of a prefix when admin topics asks for them`() {
        let settings = ["ORCHESTRATOR_TOPIC_PREFIX": "other."]
        let first = run("admin", "topics", settings: settings)
        let again = run("admin", "topics", settings: settings).printed.data
        let many = run("admin", "topics", settings: ["ORCHESTRATOR_TOPIC_PREFIX": "many.", "ORCHESTRATOR_LANES": "9"])
        #expect(first.code == .ok, "\(first.printed.notes)")
        #expect(again.contains("there already"))
        #expect(many.code == .failed && many.printed.notes.contains("ORCHESTRATOR_LANES"))
    }

    @Test func `a broker that is gone is unreachable within ten seconds and named`() throws {
        try cluster.kill()
        let start = ContinuousClock.now
        let (code, printed) = run("admin", "topics")
        let took = ContinuousClock.now - start
        #expect(code == .unreachable)
        #expect(printed.notes.contains(cluster.bootstrapServers))
        #expect(took < .seconds(10))
    }
}
