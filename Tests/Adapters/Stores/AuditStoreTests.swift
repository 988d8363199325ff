import Platform
import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// Notes of the gateway and its keys, on a real Postgres.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct AuditStoreTests {
    private let database: ScratchDatabase
    private let connection: PostgresConnection
    private let access: PostgresAccess

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
        access = PostgresAccess(database.settings)
    }

    private func told() throws -> [String] {
        try connection.execute("SELECT action, outcome, detail FROM audit_log ORDER BY id")[0].map { row in
            (0..<3).map { row.string($0) ?? "-" }.joined(separator: " ")
        }
    }

    @Test func `a start that was refused counts again once it is tried again, and other refusals stay`() throws {
        let audit = PostgresAudit(access)
        let start = AuditEntry(.runStart, requestID: "r", runID: "a", tenantID: "t", detail: "flow")
        try audit.note([start, start])
        try audit.refuse([start], because: "Kafka is away")
        #expect(try told() == ["run_start refused Kafka is away"])
        try audit.note([start, start])
        #expect(try told() == ["run_start done flow"])
        try connection.execute(
            """
            INSERT INTO audit_log (request_id, action, run_id, outcome, detail, at)
            VALUES ('c', 'cancel', 'a', 'refused', 'it has ended', now())
            """)
        try audit.note([AuditEntry(.runStart, requestID: "c", runID: "a", detail: "flow")])
        #expect(try told() == ["run_start done flow", "cancel refused it has ended"])
    }

    @Test func `keys that are over never crowd out one that opens`() throws {
        try connection.execute(
            """
            INSERT INTO api_keys (prefix, secret_hash, name, scopes, created_at)
            VALUES ('old', '', 'n', 'admin', now() - interval '1 year');
            INSERT INTO api_keys (prefix, secret_hash, name, scopes, revoked_at)
            SELECT 'over' || n, '', 'n', 'admin', now() - interval '1 hour' FROM generate_series(1, 10000) n
            """)
        let keys = try PostgresKeys(access).keys()
        #expect(keys.count == 10_000 && keys.last?.prefix == "old")
    }
}
