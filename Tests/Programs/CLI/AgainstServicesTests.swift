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

    /// A file that lives as long as the test's folder.
    func file(_ text: String) throws -> String {
        let path = NSTemporaryDirectory() + name + "-" + randomID() + ".json"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }
}

extension Trait where Self == ConditionTrait {
    static var services: Self {
        .enabled(if: OwnPlace.areThere, "no services: use scripts/test, or source the env file of scripts/services")
    }
}

@Suite(.services, .serialized) struct AgainstServicesTests {
    static let flow = #"{"flow_id":"f","tasks":[{"task_id":"a","handler":"echo"}]}"#

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
        let (code, printed) = try OwnPlace().run("flow", "list")
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

    @Test func `flows are applied, found and listed`() throws {
        let place = try OwnPlace()
        _ = place.run("admin", "migrate")
        let path = try place.file(Self.flow)
        let other = try place.file(Self.flow.replacingOccurrences(of: "\"a\"", with: "\"b\""))
        let steps = [path, path, other, path].map { place.run("flow", "apply", $0, "-o", "jsonl").printed.data }
        let newest = place.run("flow", "get", "f").printed.data
        let second = place.run("flow", "get", "f", "--version", "2").printed.data
        let versions = place.run("flow", "list", "f", "-o", "jsonl").printed.data.split(separator: "\n").count
        let flows = place.run("flow", "list", "-o", "jsonl").printed.data.split(separator: "\n").count
        let missing = place.run("flow", "get", "f", "--version", "9").code
        let unknown = place.run("flow", "get", "nobody").code
        #expect(steps.map { $0.contains(#""is_new":true"#) } == [true, false, true, true])
        #expect(newest == Self.flow + "\n")
        #expect(second.contains(#""task_id":"b""#))
        #expect(versions == 3)
        #expect(flows == 1)
        #expect(missing == .notFound && unknown == .notFound)
    }

    @Test func `applies at once give every content one version and leave no gap`() async throws {
        let place = try OwnPlace()
        _ = place.run("admin", "migrate")
        let paths = try (0..<4).map { try place.file(Self.flow.replacingOccurrences(of: "\"a\"", with: "\"a\($0)\"")) }
        let environment = place.environment
        let codes = await withTaskGroup(of: Int32.self) { group in
            for path in paths + paths {
                group.addTask {
                    let shell = Shell(commands: CommandTable.all, console: Recorder().console)
                    return shell.run(["flow", "apply", path], environment: environment).rawValue
                }
            }
            return await group.reduce(into: [Int32]()) { $0.append($1) }
        }
        let versions = place.run("flow", "list", "f", "-o", "jsonl").printed.data.split(separator: "\n")
        let newest = versions.first.map(String.init) ?? ""
        #expect(Set(codes) == [0])
        #expect((4...8).contains(versions.count))
        #expect(newest.contains(#""version":\#(versions.count),"#))
    }

    @Test func `a request is in Kafka when start ends, and an unknown run is not found`() throws {
        let place = try OwnPlace()
        _ = place.run("admin", "migrate")
        _ = place.run("admin", "topics")
        let started = place.run("run", "start", "f", "--input", #"{"n":1}"#, "--run-id", "r1", "-o", "jsonl")
        let get = place.run("run", "get", "r1")
        let wait = place.run("run", "execute", "f", "--timeout", "200ms")
        #expect(started.code == .ok, "\(started.printed.notes)")
        #expect(started.printed.data == #"{"run_id":"r1","flow_id":"f"}"# + "\n")
        #expect(get.code == .notFound)
        #expect(wait.code == .waitTimedOut)
        #expect(wait.printed.data.isEmpty)
    }

    @Test func `a request without topics says how to make them`() throws {
        let place = try OwnPlace()
        let (code, printed) = place.run("run", "start", "f")
        #expect(code == .failed)
        #expect(printed.notes.contains("flowfleet admin topics"))
    }

    @Test func `runs and tasks are shown as they are recorded`() throws {
        let place = try OwnPlace()
        _ = place.run("admin", "migrate")
        try place.sql(
            """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, output_data,
                created_at, updated_at, completed_at, session_id, lane, batch, config_snapshot, error_message)
            VALUES ('done', 'f', 't', 'u', 'c', 'completed', '{"n": 1}', now(), now(), now(), 's', 0, 1, '{}', NULL),
                   ('bad', 'f', 't', 'u', 'c', 'failed', NULL, now(), now(), now(), 's', 0, 1, '{}', 'task a failed'),
                   ('gone', 'g', 't', 'u', 'c', 'cancelled', NULL, now(), now(), now(), 's', 0, 1, '{}', NULL),
                   ('busy', 'g', 't', 'u', 'c', 'running', NULL, now(), now(), NULL, 's2', 0, 1, '{}', NULL);
            INSERT INTO task_execution_history (run_id, task_id, handler, status, attempts, created_at, updated_at,
                batch, stage_order, error_message)
            VALUES ('bad', 'a', 'fail', 'failed', 4, now(), now(), 1, 0, 'connection refused')
            """)
        let codes = ["done", "bad", "gone", "busy"].map { place.run("run", "result", $0).code }
        let waits = ["done", "bad", "gone"].map { place.run("run", "wait", $0).code }
        let busy = place.run("run", "wait", "busy", "--timeout", "300ms").code
        let result = place.run("run", "result", "done").printed.data
        let failed = place.run("run", "list", "--status", "failed", "-o", "jsonl").printed.data
        let flow = place.run("run", "list", "--flow", "g", "-o", "jsonl").printed.data.split(separator: "\n").count
        let session = place.run("run", "list", "--session", "s", "-o", "jsonl").printed.data.split(separator: "\n")
            .count
        let tasks = place.run("run", "tasks", "bad", "-o", "jsonl").printed.data
        let watched = place.run("run", "watch", "bad")
        #expect(codes == [.ok, .runFailed, .runCancelled, .conflict])
        #expect(waits == [.ok, .runFailed, .runCancelled])
        #expect(busy == .waitTimedOut)
        #expect(result == "{\"n\": 1}\n")
        #expect(failed.contains(#""run_id":"bad""#) && !failed.contains(#""run_id":"done""#))
        #expect(flow == 2)
        #expect(session == 3)
        #expect(tasks.contains(#""error":"connection refused""#) && tasks.contains(#""attempts":4"#))
        #expect(watched.code == .runFailed && watched.printed.data.contains("task a  failed"))
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

    @Test func `who works is shown without Postgres, and what is held back without Redis`() throws {
        let place = try OwnPlace()
        _ = place.run("admin", "migrate")
        let nowhere = "127.0.0.1:9"
        let noPostgres = place.run(
            "worker", "list",
            settings: [
                "ORCHESTRATOR_DATABASE_URL": "postgresql://postgres@\(nowhere)/none",
                "ORCHESTRATOR_REDIS_URL": OwnPlace.settings["FLOWFLEET_TEST_REDIS"] ?? "",
                "ORCHESTRATOR_REDIS_PREFIX": place.name,
            ])
        let noRedis = place.run("worker", "list", settings: ["ORCHESTRATOR_REDIS_URL": "redis://\(nowhere)"])
        #expect(noPostgres.code == .unreachable && noRedis.code == .unreachable)
        #expect(noPostgres.printed.notes.contains("no process is alive"), "\(noPostgres.printed.notes)")
        #expect(noPostgres.printed.notes.contains("circuit breakers cannot be read: Postgres"))
        #expect(noRedis.printed.notes.contains("who is alive cannot be read: Redis"), "\(noRedis.printed.notes)")
        #expect(!noRedis.printed.notes.contains("circuit breakers"))
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
