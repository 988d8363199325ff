import Foundation
import Kafka
import Platform
import Postgres
import Stores
import Testing

@testable import flowfleet

/// The commands on the real Kafka and Postgres, with a database and topics of their own.
final class OwnPlace {
    static let settings = ProcessInfo.processInfo.environment
    static let areThere = settings["FLOWFLEET_TEST_KAFKA"] != nil && settings["FLOWFLEET_TEST_POSTGRES"] != nil

    let name = "cli-" + randomID().prefix(8)
    private let postgres: PostgresConnection
    private let kafka: KafkaAdmin
    let environment: [String: String]

    init() throws {
        let kafkaPlace = Self.settings["FLOWFLEET_TEST_KAFKA"] ?? ""
        let url = Self.settings["FLOWFLEET_TEST_POSTGRES"] ?? ""
        postgres = PostgresConnection(PostgresSettings(url: url))
        kafka = try KafkaAdmin(KafkaConfiguration(bootstrapServers: kafkaPlace))
        try postgres.connect()
        try postgres.execute("CREATE DATABASE \"\(name)\"")
        let address = url.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        environment = [
            "ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS": kafkaPlace, "ORCHESTRATOR_DATABASE_URL": address + "/" + name,
            "ORCHESTRATOR_TOPIC_PREFIX": name + ".", "ORCHESTRATOR_KAFKA_CONSUMER_GROUP": name,
        ]
    }

    deinit {
        _ = try? postgres.execute("DROP DATABASE IF EXISTS \"\(name)\" WITH (FORCE)")
        let own = (try? kafka.allPartitionCounts())?.keys.filter { $0.hasPrefix(name) } ?? []
        if !own.isEmpty { _ = try? kafka.deleteTopics(Array(own)) }
    }

    func run(_ words: String..., settings: [String: String] = [:]) -> (code: ExitCode, printed: Recorder) {
        let recorder = Recorder()
        let shell = Shell(commands: CommandTable.all, console: recorder.console)
        return (shell.run(words, environment: environment.merging(settings) { $1 }), recorder)
    }

    func sql(_ text: String) throws {
        let connection = PostgresConnection(PostgresSettings(url: environment["ORCHESTRATOR_DATABASE_URL"] ?? ""))
        try connection.connect()
        try connection.execute(text)
    }
}

extension Trait where Self == ConditionTrait {
    static var services: Self {
        .enabled(if: OwnPlace.areThere, "no services: use scripts/test, or source the env file of scripts/services")
    }
}

@Suite(.services, .serialized) struct AgainstServicesTests {
    @Test func `migrating twice and at once from many places applies each step once`() async throws {
        let place = try OwnPlace()
        let environment = place.environment
        let outputs = await withTaskGroup(of: String.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let recorder = Recorder()
                    let shell = Shell(commands: CommandTable.all, console: recorder.console)
                    let code = shell.run(["admin", "migrate", "-o", "jsonl"], environment: environment)
                    return "\(code.rawValue) " + recorder.data + recorder.notes
                }
            }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        let ended = outputs.filter { $0.hasPrefix("0 ") }.count
        let applied = outputs.filter { $0.contains(#""outcome":"applied""#) }.count
        #expect(ended == 6, "\(outputs)")
        #expect(applied == 1)
    }

    @Test func `a database without the schema says how to get it`() throws {
        let (code, printed) = try OwnPlace().run("admin", "keys", "list")
        #expect(code == .badSettings)
        #expect(printed.notes.contains("flowfleet admin migrate"))
    }

    @Test func `a schema step with other text is refused`() throws {
        let place = try OwnPlace()
        _ = place.run("admin", "migrate")
        try place.sql("UPDATE schema_migrations SET sha256 = 'other'")
        let (code, printed) = place.run("admin", "migrate")
        #expect(code != .ok)
        #expect(printed.notes.contains("was applied with other text"))
    }

    @Test func `topics are created, raised together and never lowered`() throws {
        let place = try OwnPlace()
        let first = place.run("admin", "topics", "-o", "jsonl", settings: ["ORCHESTRATOR_LANES": "2"])
        let raised = place.run("admin", "topics", "-o", "jsonl", settings: ["ORCHESTRATOR_LANES": "3"])
        let lower = place.run("admin", "topics", "-o", "jsonl", settings: ["ORCHESTRATOR_LANES": "1"])
        let counts = { (printed: Recorder) in
            printed.data.split(separator: "\n").filter { $0.contains(#""partitions":3,"#) }.count
        }
        #expect(first.code == .ok, "\(first.printed.notes)")
        #expect(first.printed.data.split(separator: "\n").count == 6)
        #expect(raised.code == .ok, "\(raised.printed.notes)")
        #expect(counts(raised.printed) == 5)
        #expect(counts(lower.printed) == 5)
        #expect(lower.printed.data.contains("there already"))
        #expect(!first.printed.notes.contains("a new topic would get"))
    }

    @Test func `the clean-up that the page on production gives fits the tables`() throws {
        let place = try OwnPlace()
        _ = place.run("admin", "migrate")
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/how-to/run-in-production.md").standardizedFileURL
        let text = try String(contentsOf: page, encoding: .utf8)
        let block = text.split(separator: "```sql\n").last?.split(separator: "```").first
        try place.sql(String(try #require(block)))
    }

    @Test func `a group of another installation is adopted by its positions or from the start`() throws {
        let place = try OwnPlace()
        _ = place.run("admin", "migrate")
        _ = place.run("admin", "topics")
        let admin = try KafkaAdmin(
            KafkaConfiguration(bootstrapServers: place.environment["ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS"] ?? ""))
        let foreign = KafkaOffset(TopicPartition(place.name + ".flow_runs", 0), 0, metadata: "installation=other")
        try admin.alterCommitted(group: place.name, [foreign])
        let look = place.run("admin", "adopt", "-o", "jsonl").printed.data
        let both = place.run("admin", "adopt", "--from-start", "--from-group").code
        let start = place.run("admin", "adopt", "--from-start").code
        let forgotten = place.run("admin", "adopt", "-o", "jsonl").printed.data
        try admin.alterCommitted(group: place.name, [foreign])
        let group = place.run("admin", "adopt", "--from-group")
        let taken = place.run("admin", "adopt", "-o", "jsonl").printed.data
        let again = place.run("admin", "adopt", "--from-start").code
        #expect(look.contains(#""other_installations":"other""#) && look.contains(#""commits":1"#))
        #expect(both == .usage)
        #expect(start == .ok)
        #expect(forgotten.contains(#""commits":0"#))
        #expect(group.code == .ok, "\(group.printed.notes)")
        #expect(taken.contains(#""checkpoints":1"#) && taken.contains(#""other_installations":"""#))
        #expect(again == .conflict)
    }
}
