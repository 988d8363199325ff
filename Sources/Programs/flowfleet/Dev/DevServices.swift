import Glibc
import Kafka
import Platform
import Postgres
import Processes
import Stores
import Workflow

/// Kafka, Postgres and Redis for a fleet on this machine: those that the settings name, else started for it.
///
/// In a source tree `scripts/services` starts them in a folder. Elsewhere what answers where the settings say is taken,
/// and where no Kafka does, the broker in this process's memory.
struct DevServices {
    /// Where they are, as settings.
    private(set) var settings: [String: String] = [:]
    private let call: Invocation
    private let folder: String
    private var script: String?
    private var broker: KafkaMockCluster?

    init(_ call: Invocation, folder: String) {
        (self.call, self.folder) = (call, folder)
    }

    mutating func start(_ say: @escaping @Sendable ([UInt8]) -> Void) throws(CommandFailure) {
        let named = DevNames(call.environment)
        try named.check(call)
        if named.areAll {
            call.console.note("Kafka, Postgres and Redis are those that the settings name")
            for name in DevNames.all { settings[name] = call.environment[name] }
        } else if let found = Self.script(call.environment) {
            try named.refusePart()
            script = found
            try runScript(found, say)
        } else {
            try takeWhatIsThere()
        }
    }

    /// Ends what was started, and only that.
    func stop() {
        guard let script else { return }
        _ = try? ChildProcess.run(command(script, "stop"))
    }

    // MARK: By the script

    /// Named by a setting, or in the source tree that this program was built in.
    private static func script(_ environment: [String: String]) -> String? {
        if let named = environment["FLOWFLEET_SERVICES_SCRIPT"], access(named, X_OK) == 0 { return named }
        var folder = OwnFiles.folder
        while folder.utf8.count > 1 {
            let candidate = folder + "/scripts/services"
            if access(candidate, X_OK) == 0, access(folder + "/Package.swift", R_OK) == 0 { return candidate }
            folder = OwnFiles.parent(of: folder)
        }
        return nil
    }

    private mutating func runScript(
        _ script: String, _ say: @escaping @Sendable ([UInt8]) -> Void
    ) throws(CommandFailure) {
        var start = command(script, "start")
        start.errors = say
        let outcome: ChildProcess.Outcome
        do throws(ProcessError) {
            outcome = try ChildProcess.run(start)
        } catch {
            throw CommandFailure(.failed, "\(script) cannot be run: \(error)")
        }
        guard outcome.end == .exited(0) else {
            throw CommandFailure(.failed, "the services do not start; \(script) said why")
        }
        for line in (Settings.readFile(folder + "/env") ?? "").split(separator: "\n") {
            guard line.hasPrefix("export "), let equals = line.firstIndex(of: "=") else { continue }
            let name = String(line[line.index(line.startIndex, offsetBy: 7)..<equals])
            guard DevNames.all.contains(name) else { continue }
            settings[name] = String(line[line.index(after: equals)...].filter { $0 != "'" })
        }
    }

    private func command(_ script: String, _ word: String) -> ChildProcess.Command {
        ChildProcess.Command(
            script, [word, folder], environment: call.environment.map { "\($0.key)=\($0.value)" },
            patience: .seconds(30))
    }

    // MARK: Without it

    private mutating func takeWhatIsThere() throws(CommandFailure) {
        let connections = try Connections(call)
        do throws(PostgresError) {
            try PostgresConnection(connections.postgres).connect()
        } catch {
            throw CommandFailure(
                .unreachable, "no Postgres answers where ORCHESTRATOR_DATABASE_URL says: \(error)",
                advice: "start one, or run this from a source tree, whose scripts/services starts all three")
        }
        let admin = try? KafkaAdmin(connections.kafka, timeoutMilliseconds: 2_000)
        guard (try? admin?.allPartitionCounts()) == nil else { return }
        do throws(KafkaError) {
            let cluster = try KafkaMockCluster()
            for topic in connections.topics.topics {
                try cluster.createTopic(topic.name, partitions: topic.partitions)
            }
            broker = cluster
            settings[DevNames.all[0]] = cluster.bootstrapServers
        } catch {
            throw CommandFailure(.failed, "the dev broker does not start: \(error)")
        }
        call.console.note("no Kafka answers: a small one in memory takes its place, which forgets everything")
    }
}
