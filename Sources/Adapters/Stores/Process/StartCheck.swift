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

    private let kafka: KafkaConfiguration?
    private let postgres: PostgresSettings?
    private let topics: TopicNames
    private let needed: [String]
    private let lanesGroup: String?
    private let warn: (String) -> Void

    /// - `kafka`: nil for a program that has nothing to do with it.
    /// - `needed`: further topics that must exist.
    /// - `lanesGroup`: the orchestrators' group, whose commits tell which database this Kafka belongs to; nil: unasked.
    public init(
        kafka: KafkaConfiguration?, postgres: PostgresSettings?, topics: TopicNames, needed: [String] = [],
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
        return schema == .ready ? lookAtKafka() : schema
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

    private func lookAtKafka() -> Verdict {
        guard let kafka else { return .ready }
        do throws(KafkaError) {
            let admin = try KafkaAdmin(kafka, timeoutMilliseconds: 5_000)
            let counts = try admin.partitionCounts(lanes + needed + [Self.commits])
            let found = judge(counts)
            // Where no group has ever committed, nobody's installation is there either.
            guard found == .ready, let lanesGroup, counts[Self.commits] ?? 0 > 0 else { return found }
            return try lookAtInstallation(lanesGroup, kafka)
        } catch {
            return .waiting(dependency: "kafka", "\(kafka.bootstrapServers): \(error)")
        }
    }

    /// Kafka's own topic for what groups commit.
    private static let commits = "__consumer_offsets"
    private var lanes: [String] { [topics.flowRuns, topics.taskDone, topics.taskFailed] }

    private func judge(_ counts: [String: Int]) -> Verdict {
        for name in lanes + needed where (counts[name] ?? 0) == 0 {
            return .waiting(dependency: "kafka", "the topic \(name) does not exist: run `flowfleet admin topics`")
        }
        guard Set(lanes.map { counts[$0] }).count == 1 else {
            return .wrong(
                "a lane is one partition number of three topics, but their counts differ: "
                    + lanes.map { "\($0) has \(counts[$0] ?? 0)" }.joined(separator: ", ")
                    + ": raise them with `flowfleet admin topics`")
        }
        return .ready
    }

    /// A program that reads one installation's Kafka into another one's database loses what it reads.
    private func lookAtInstallation(
        _ group: String, _ kafka: KafkaConfiguration
    ) throws(KafkaError) -> Verdict {
        guard let postgres else { return .ready }
        var ours = ""
        do throws(AccessFailure) {
            ours = try PostgresAccess(postgres).query(GroupAdoption.installation).first?.string(0) ?? ""
        } catch {
            return .waiting(dependency: "postgres", error.message)
        }
        let commits = try GroupReader(kafka, group: group, timeoutMilliseconds: 5_000).commits(of: topics.flowRuns)
        let named = Set(commits.compactMap { GroupAdoption.installation(in: $0.metadata) })
        guard let foreign = named.subtracting([ours]).min() else { return .ready }
        return .wrong(
            "the group \(group) of the orchestrators in this Kafka belongs to installation \(foreign), the database "
                + "\(postgres.place) is installation \(ours). Point ORCHESTRATOR_DATABASE_URL at the right database, or "
                + "run `flowfleet admin adopt`")
    }
}
