import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// Retries of sessions on a real Postgres: who sends what, and what is told of it.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct SessionRetryStoreTests {
    private let database: ScratchDatabase
    private let connection: PostgresConnection
    private let store: PostgresSessionRetries

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
        store = PostgresSessionRetries(PostgresAccess(database.settings), patience: 30)
    }

    private func items(_ count: Int) -> [SessionRetryItem] {
        (0..<count).map { SessionRetryItem(runID: "r\($0)", requestID: "x/r\($0)", taskIDs: ["a", "b-\($0)"]) }
    }

    private let end = Wish(requestID: "end", actor: "bob", reason: "enough")

    private func create(_ count: Int, sending: Int, id: String = "x", open: Int = 100) throws -> Int? {
        var record = SessionRetryRecord(retryID: id, sessionID: "s")
        (record.tenantID, record.actor, record.reason) = ("t", "ann", "mended")
        return try store.create(record, items(count), sending: sending, open: open)
    }

    private func answer(_ run: String, _ outcome: String, _ detail: String = "") throws {
        try connection.execute(
            """
            INSERT INTO audit_log (request_id, action, run_id, outcome, detail, at)
            VALUES ('x/\(run)', 'task_retry', '\(run)', '\(outcome)', nullif('\(detail)', ''), now())
            """)
    }

    private func run(_ id: String, _ status: String) throws {
        try connection.execute(
            """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, created_at,
                updated_at, session_id, lane, batch, config_snapshot, root_run_id, completed_at)
            VALUES ('\(id)', 'f', 't', 'u', 'c', '\(status)', now(), now(), 's', 0, 1, '{}', '\(id)',
                CASE WHEN '\(status)' <> 'running' THEN now() END)
            """)
    }

    @Test func `a retry is kept once, and seen by its tenant only`() throws {
        let (first, second) = (try create(3, sending: 1), try create(3, sending: 1))
        #expect(first == 1 && second == nil)
        let record = try #require(try store.retry("x", tenantID: "t"))
        #expect(record.runs == 3 && record.tasks == 6 && record.actor == "ann" && record.reason == "mended")
        let foreign = try store.retry("x", tenantID: "other")
        #expect(foreign == nil)
        let listed = try store.retries(of: "s", tenantID: nil, before: nil, limit: 10)
        #expect(listed.map(\.retryID) == ["x"])
    }

    @Test func `commands leave as long as few wait for an answer, each once`() throws {
        _ = try create(10, sending: 3)
        let second = try store.take(4, open: 5)
        #expect(second.count == 2, "three were the asker's, five may be open")
        #expect(second.first?.actor == "ann" && second.first?.item.taskIDs.count == 2)
        let none = try store.take(4, open: 5)
        #expect(none.isEmpty)
        for run in ["r0", "r1", "r2"] { try answer(run, "done") }
        let third = try store.take(100, open: 5)
        #expect(third.count == 3)
        #expect(Set((second + third).map(\.item.runID)).count == 5)
    }

    @Test func `a command nobody has answered goes again, and one of a cancelled retry that never went does not`()
        throws
    {
        _ = try create(3, sending: 2)
        let cancelled = try store.cancel("x", end)
        let again = try store.cancel("x", end)
        #expect(cancelled && !again)
        let before = try store.take(10, open: 10)
        #expect(before.isEmpty)
        try connection.execute("UPDATE session_retries SET created_at = now() - interval '100 seconds'")
        try connection.execute(
            "UPDATE session_retry_items SET sent_at = now() - interval '1 minute' WHERE run_id = 'r1'")
        let lost = try store.take(10, open: 1)
        #expect(lost.map(\.item.runID) == ["r1"])
        let tally = try store.tally(of: "x")
        #expect(tally[.sent] == 2 && tally[.dropped] == 1)
        let told = try connection.execute("SELECT action, actor, reason, tenant_id FROM audit_log ORDER BY at")[0]
        let lines = told.map { row in (0..<4).map { row.string($0) ?? "-" }.joined(separator: " ") }
        #expect(lines == ["session_retry ann mended t", "session_retry_cancel bob enough t"])
    }

    @Test func `no more leave at once than may be open, and old ones without an answer do not count`() throws {
        #expect(try create(5, sending: 3, id: "dead", open: 4) == 3)
        try connection.execute("UPDATE session_retry_items SET sent_at = sent_at - interval '1 hour'")
        try connection.execute("UPDATE session_retries SET created_at = now() - interval '90 minutes'")
        #expect(try create(5, sending: 3, open: 4) == 3, "a lane that answers nothing holds up nobody else")
        #expect(try create(5, sending: 3, id: "y", open: 4) == 1)
        let under = try store.underWay(limit: 10)
        let words = under.map { "\($0.retryID) \($0.runs) \($0.waiting) \($0.sent)" }
        #expect(words == ["y 5 4 1", "x 5 2 3", "dead 5 2 3"])
        let fresh = try store.take(1, open: 100)
        #expect(fresh.count == 2, "one that is new, and one that was lost")
    }

    @Test func `each run of a retry is told by its lane's answer and then by its own end`() throws {
        _ = try create(6, sending: 5)
        try answer("r0", "done")
        try answer("r1", "done")
        try answer("r2", "done")
        try answer("r3", "refused", "the run is running")
        try run("r0", "completed")
        try run("r1", "failed")
        try run("r2", "running")
        try run("r4", "failed")
        _ = try store.take(0, open: 0)
        let items = try store.items(of: "x", state: nil, after: nil, limit: 10)
        #expect(items.map(\.state) == [.succeeded, .failed, .goingOn, .refused, .sent, .waiting])
        #expect(items[3].detail == "the run is running")
        let page = try store.items(of: "x", state: nil, after: "r1", limit: 2)
        #expect(page.map(\.runID) == ["r2", "r3"])
        let refused = try store.items(of: "x", state: .refused, after: nil, limit: 10)
        #expect(refused.map(\.runID) == ["r3"])
        let tally = try store.tally(of: "x")
        #expect(tally.status == .sending && tally.counts.values.reduce(0, +) == 6)
    }
}
