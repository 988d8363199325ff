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
        let started = run("run", "start", "f", settings: settings).code
        let many = run("admin", "topics", settings: ["ORCHESTRATOR_TOPIC_PREFIX": "many.", "ORCHESTRATOR_LANES": "9"])
        #expect(first.code == .ok, "\(first.printed.notes)")
        #expect(started == .ok)
        #expect(many.code == .failed && many.printed.notes.contains("ORCHESTRATOR_LANES"))
    }

    @Test func `a request lies on flow_runs under the key of its run`() throws {
        let (code, printed) = run("run", "start", "f", "--run-id", "r1", "--input", #"{"n":1}"#, "--label", "env=dev")
        var group = KafkaGroup("test")
        group.offsetReset = .earliest
        let consumer = try KafkaConsumer(
            KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, log: { _, _ in }), group)
        try consumer.assign((0..<4).map { KafkaPosition(TopicPartition("flow_runs", $0), .beginning) })
        var found: [String] = []
        let end = ContinuousClock.now + .seconds(10)
        while found.isEmpty, ContinuousClock.now < end {
            _ = consumer.poll(timeoutMilliseconds: 100) { record in
                found = [record.key, record.value].map {
                    String(decoding: $0 ?? .init(start: nil, count: 0), as: UTF8.self)
                }
            }
        }
        let message =
            #"{"event_type":"flow_run_requested","run_id":"r1","flow_id":"f","labels":{"env":"dev"},"input":{"n":1}}"#
        #expect(code == .ok, "\(printed.notes)")
        #expect(found == ["r1", message])
    }

    @Test func `a broker that is gone is unreachable within ten seconds and named`() throws {
        try cluster.kill()
        let start = ContinuousClock.now
        let (code, printed) = run("run", "start", "f")
        let took = ContinuousClock.now - start
        #expect(code == .unreachable)
        #expect(printed.notes.contains(cluster.bootstrapServers))
        #expect(took < .seconds(10))
    }
}
