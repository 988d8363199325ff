public import Kafka
internal import Postgres
public import Workflow

/// Makes the orchestrators' consumer group belong to a database that does not know its Kafka installation yet.
///
/// The group's commits name the installation they were made for. A database without checkpoints that meets another
/// name in them was pointed at the wrong Kafka, or took over from a lost database; only a person can tell.
public final class GroupAdoption {
    /// What the group and the database say about each other.
    public struct Findings: Equatable, Sendable {
        public let group: String
        /// The database's own id.
        public let installation: String
        /// Other ids in the group's commits; `unknown` for a commit that names none.
        public let foreign: [String]
        /// Partitions of the lanes that have a commit.
        public let commits: Int
        public let members: Int
        /// Lanes the database has checkpoints of.
        public let checkpoints: Int
    }

    private let access: PostgresAccess
    private let admin: KafkaAdmin
    private let place: String
    private let group: String
    private let topics: TopicNames

    public init(
        _ access: PostgresAccess, _ configuration: KafkaConfiguration, group: String, topics: TopicNames
    ) throws(AccessFailure) {
        self.access = access
        self.group = group
        self.topics = topics
        place = configuration.bootstrapServers
        do throws(KafkaError) {
            admin = try KafkaAdmin(configuration, timeoutMilliseconds: 8_000)
        } catch {
            throw AccessFailure(error, place: configuration.bootstrapServers, doing: "admin client")
        }
    }

    public func look() throws(AccessFailure) -> Findings {
        let installation = try access.query(Self.installation).first?.string(0) ?? ""
        let checkpoints = try access.query(Self.checkpoints).first?.int(0) ?? 0
        let commits = try commits()
        let named = Set(commits.map { Self.installation(in: $0.metadata) ?? "unknown" })
        let members = try asking { () throws(KafkaError) in try admin.members(ofGroup: group).count }
        return Findings(
            group: group, installation: installation, foreign: named.subtracting([installation]).sorted(),
            commits: commits.count, members: members, checkpoints: checkpoints)
    }

    /// Forgets the group's commits: every lane starts where `auto.offset.reset` says.
    public func forget() throws(AccessFailure) {
        let partitions = try commits().map(\.partition)
        guard !partitions.isEmpty else { return }
        try asking { () throws(KafkaError) in try admin.deleteCommitted(group: group, partitions) }
    }

    /// Takes the group's positions as the first checkpoints of the lanes, then signs its commits with our id.
    /// - Returns: the lanes that got a checkpoint.
    public func takeOver() throws(AccessFailure) -> [Int] {
        let installation = try look().installation
        let commits = try commits()
        let lanes = Set(commits.map(\.partition.partition)).sorted()
        for lane in lanes {
            let position = try position(of: lane, commits)
            _ = try access.query(SQL.create, [.int4(lane), .jsonb(position.json), .string(installation)])
        }
        let signed = commits.map { KafkaOffset($0.partition, $0.offset, metadata: "installation=" + installation) }
        try asking { () throws(KafkaError) in try admin.alterCommitted(group: group, signed) }
        return lanes.map(Int.init)
    }

    /// `installation=<id>` among the words of a commit's metadata.
    static func installation(in metadata: String) -> String? {
        let mark = "installation="
        let word = metadata.split { $0 == " " || $0 == ";" }.first { $0.hasPrefix(mark) }
        return word.map { String($0.dropFirst(mark.count)) }
    }
}

extension GroupAdoption {
    private func commits() throws(AccessFailure) -> [KafkaOffset] {
        let names = Set(InputTopic.allCases.map(topics.name))
        let all = try asking { () throws(KafkaError) in try admin.committed(group: group) }
        return all.filter { $0.offset != nil && names.contains($0.partition.topic) }
    }

    /// The lane's positions as its checkpoint keeps them; a topic without a commit is read from where its log begins.
    private func position(of lane: Int32, _ commits: [KafkaOffset]) throws(AccessFailure) -> LanePosition {
        var position = LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)
        for topic in InputTopic.allCases {
            let partition = TopicPartition(topics.name(of: topic), lane)
            if let committed = commits.first(where: { $0.partition == partition })?.offset {
                position[topic] = committed
            } else {
                position[topic] = try asking { () throws(KafkaError) in try admin.watermarks(partition).low }
            }
        }
        return position
    }

    private func asking<Result>(_ body: () throws(KafkaError) -> Result) throws(AccessFailure) -> Result {
        do throws(KafkaError) { return try body() } catch {
            throw AccessFailure(error, place: place, doing: "group \(group)")
        }
    }

    static let installation = PostgresStatement("adoption_installation", sql: "SELECT id FROM installation")

    private static let checkpoints = PostgresStatement(
        "adoption_checkpoints", sql: "SELECT count(*) FROM lane_checkpoint")
}
