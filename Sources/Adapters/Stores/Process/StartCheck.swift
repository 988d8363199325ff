public import Kafka
public import Postgres
internal import Workflow

/// What a program looks at before it begins: are its services there, and do they fit it?
///
/// A service that is away is waited for. Counts that differ and a schema that is too old will not mend by waiting: the
/// program ends and says what to do.
public struct StartCheck {
    public enum Verdict: Equatable, Sendable {
        case ready
        case waiting(dependency: String, String)
        case wrong(String)
    }

    private let kafka: KafkaConfiguration
    private let postgres: PostgresSettings?
    private let topics: TopicNames
    private let needed: [String]
    private let lanesGroup: String?
    private let warn: (String) -> Void

    /// - `needed`: further topics that must exist.
    /// - `lanesGroup`: the orchestrators' group, whose commits tell which database this Kafka belongs to; nil: unasked.
    public init(
        kafka: KafkaConfiguration, postgres: PostgresSettings?, topics: TopicNames, needed: [String] = [],
        lanesGroup: String? = nil, warn: @escaping (String) -> Void = { _ in }
    ) {
        self.lanesGroup = lanesGroup
        self.warn = warn
        self.kafka = kafka
        self.postgres = postgres
        self.topics = topics
        self.needed = needed
    }

    public func look() -> Verdict {
        let schema = lookAtSchema()
        guard schema == .ready else { return schema }
        let found = lookAtTopics()
        return found == .ready && hasCommits ? lookAtInstallation() : found
    }

    /// Whether any group has ever committed in this Kafka. Where none has, nobody's installation is there either.
    private var hasCommits: Bool {
        let commits = "__consumer_offsets"
        guard lanesGroup != nil, let admin = try? KafkaAdmin(kafka, timeoutMilliseconds: 5_000) else { return false }
        return (try? admin.partitionCounts([commits])[commits] ?? 0) ?? 0 > 0
    }

    /// A program that reads one installation's Kafka into another one's database loses what it reads.
    private func lookAtInstallation() -> Verdict {
        guard let lanesGroup, let postgres else { return .ready }
        var ours = ""
        do throws(AccessFailure) {
            ours = try PostgresAccess(postgres).query(GroupAdoption.installation).first?.string(0) ?? ""
        } catch {
            return .waiting(dependency: "postgres", error.message)
        }
        do throws(KafkaError) {
            let named = Set(try commits(of: lanesGroup).compactMap { GroupAdoption.installation(in: $0.metadata) })
            guard let foreign = named.subtracting([ours]).min() else { return .ready }
            return .wrong(
                "the group \(lanesGroup) of the orchestrators in this Kafka belongs to installation \(foreign), the "
                    + "database \(postgres.place) is installation \(ours). Point ORCHESTRATOR_DATABASE_URL at the "
                    + "right database, or run `flowfleet admin adopt`")
        } catch {
            return .waiting(dependency: "kafka", "\(kafka.bootstrapServers): \(error)")
        }
    }

    /// Asked by a consumer that joins nothing: librdkafka 2.0's admin client may end the process while the group's
    /// coordinator is not there yet.
    private func commits(of group: String) throws(KafkaError) -> [KafkaOffset] {
        let consumer = try KafkaConsumer(kafka, KafkaGroup(group))
        defer { consumer.close(withinMilliseconds: 1_000) }
        let count = try consumer.partitionCount(topics.flowRuns, timeoutMilliseconds: 5_000)
        let partitions = (0..<Int32(clamping: count)).map { TopicPartition(topics.flowRuns, $0) }
        return try consumer.committed(partitions, timeoutMilliseconds: 5_000)
    }

    private func lookAtSchema() -> Verdict {
        guard let postgres else { return .ready }
        let connection = PostgresConnection(postgres)
        do throws(PostgresError) {
            try connection.connect()
            defer { connection.close() }
            switch try SchemaState.read(from: connection) {
            case .current: break
            case .older(let found, let needed):
                return .wrong(
                    "the database \(postgres.place) has schema version \(found), this program needs \(needed): "
                        + "run `flowfleet admin migrate`")
            case .newer(let found, let known):
                warn(
                    "the database \(postgres.place) has schema version \(found), this program knows \(known): it goes "
                        + "on, but is older than the database and wants to be replaced")
            }
            return .ready
        } catch {
            return .waiting(dependency: "postgres", "\(postgres.place): \(error)")
        }
    }

    private func lookAtTopics() -> Verdict {
        let lanes = [topics.flowRuns, topics.taskDone, topics.taskFailed]
        do throws(KafkaError) {
            let admin = try KafkaAdmin(kafka, timeoutMilliseconds: 5_000)
            let counts = try admin.partitionCounts(lanes + needed)
            for name in lanes + needed where (counts[name] ?? 0) == 0 {
                return .waiting(
                    dependency: "kafka", "the topic \(name) does not exist: run `flowfleet admin topics`")
            }
            let found = lanes.map { "\($0) has \(counts[$0] ?? 0)" }
            guard Set(lanes.map { counts[$0] }).count == 1 else {
                return .wrong(
                    "a lane is one partition number of three topics, but their counts differ: "
                        + found.joined(separator: ", ") + ": raise them with `flowfleet admin topics`")
            }
            return .ready
        } catch {
            return .waiting(dependency: "kafka", "\(kafka.bootstrapServers): \(error)")
        }
    }
}
