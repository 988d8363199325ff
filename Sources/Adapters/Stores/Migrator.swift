internal import Migrations
public import Postgres
public import Workflow

/// Brings a database to the schema of this program: forward only, each step in one transaction and checksummed.
///
/// Safe to repeat, and to run at once from many places: whoever comes first takes an advisory lock, the others wait
/// and find nothing to do. The lock goes with the connection.
public struct Migrator {
    /// One step of the schema and what this call had to do about it.
    public struct Step: Equatable, Sendable {
        public let version: Int
        public let name: String
        public let isNew: Bool
    }

    private let connection: PostgresConnection

    public init(_ settings: PostgresSettings) {
        var settings = settings
        settings.statementTimeout = .seconds(600)
        settings.lockTimeout = .seconds(300)
        settings.replyTimeout = .seconds(610)
        connection = PostgresConnection(settings)
    }

    /// Applies what is missing, and says for each step of the schema whether it was.
    public func migrate() throws(AccessFailure) -> [Step] {
        try reaching { () throws(PostgresError) in
            try connection.connect()
            try connection.execute(
                "SELECT pg_advisory_lock(\(Self.lock)); CREATE TABLE IF NOT EXISTS " + Self.table)
        }
        defer { connection.close() }
        let applied = try applied()
        var steps: [Step] = []
        for migration in Migrations.all {
            if let known = applied[migration.version] {
                try check(migration, known)
            } else {
                try apply(migration)
            }
            let isNew = applied[migration.version] == nil
            steps.append(Step(version: migration.version, name: migration.name, isNew: isNew))
        }
        return steps
    }

    private func applied() throws(AccessFailure) -> [Int: String] {
        let rows = try reaching { () throws(PostgresError) in try connection.query(Self.appliedSteps) }
        return Dictionary(rows.map { ($0.int(0) ?? 0, $0.string(1) ?? "") }) { first, _ in first }
    }

    private func check(_ migration: Migration, _ known: String) throws(AccessFailure) {
        guard try sha256(migration) != known else { return }
        throw AccessFailure(
            .refused,
            "schema step \(migration.version) (\(migration.name)) at \(connection.settings.place) was applied with "
                + "other text than this program has: one of them is not a release")
    }

    private func apply(_ migration: Migration) throws(AccessFailure) {
        let sha256 = try sha256(migration)
        let note = """
            INSERT INTO schema_migrations (version, name, sha256)
            VALUES (\(migration.version), '\(migration.name)', '\(sha256)')
            """
        let script = String(decoding: migration.sql, as: UTF8.self) + "\n;\n" + note
        try reaching { () throws(PostgresError) in _ = try connection.execute(script) }
    }

    private func sha256(_ migration: Migration) throws(AccessFailure) -> String {
        let rows = try reaching { () throws(PostgresError) in
            try connection.query(Self.hash, [.bytea(migration.sql[...])])
        }
        return rows.first?.string(0) ?? ""
    }

    private func reaching<Result>(_ body: () throws(PostgresError) -> Result) throws(AccessFailure) -> Result {
        do throws(PostgresError) {
            return try body()
        } catch {
            throw AccessFailure(error, place: connection.settings.place)
        }
    }
}

extension Migrator {
    /// Any number nobody else uses as an advisory lock: "flow" in ASCII.
    private static let lock = 0x666C_6F77

    private static let table = """
        schema_migrations (
            version    integer PRIMARY KEY,
            name       text NOT NULL,
            sha256     text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """

    private static let appliedSteps = PostgresStatement(
        "migrator_applied", sql: "SELECT version, sha256 FROM schema_migrations ORDER BY version")

    private static let hash = PostgresStatement(
        "migrator_hash", [.bytea], sql: "SELECT encode(sha256($1), 'hex')")

    /// The schema version this program needs.
    public static var newest: Int { Migrations.all.last?.version ?? 0 }

    /// The version of a database's schema; 0 when it has none. For programs that only want to know.
    public static func version(of connection: PostgresConnection) throws(PostgresError) -> Int {
        do throws(PostgresError) {
            return try connection.query(newestApplied).first?.int(0) ?? 0
        } catch {
            if error.code == PostgresError.undefinedTable { return 0 }
            throw error
        }
    }

    private static let newestApplied = PostgresStatement(
        "migrator_newest", sql: "SELECT coalesce(max(version), 0) FROM schema_migrations")
}
