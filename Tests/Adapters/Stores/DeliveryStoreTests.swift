import Platform
import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// What couriers ask of Postgres, on a real one.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct DeliveryStoreTests {
    private let bench: DeliveryBench

    init() throws { bench = try DeliveryBench() }

    private func note(_ owed: OwedDelivery, _ state: DeliveryState, keeps: Bool = false) -> DeliveryNote {
        var note = DeliveryNote(id: owed.id, claim: owed.claim, state: state)
        note.attempts = [
            DeliveryTry(notice: .result, channel: "webhook", at: 1_000, outcome: "failed"),
            DeliveryTry(notice: .result, channel: "webhook", at: 1_000, outcome: "failed"),
        ]
        if keeps {
            note.kept = KeptNote(
                resultID: DeliveryID.result(owed.runID, ending: owed.ending), status: "completed",
                reason: "undeliverable", results: Array("{}".utf8)[...])
        }
        return note
    }

    /// Both claims are of one courier, which its name cannot tell apart.
    @Test func `an old note closes no new claim, though it be the same courier's`() throws {
        try bench.add("r")
        let store = bench.store("one")
        let first = try #require(store.claim(1, butOf: [], lasts: 1_000).first)
        bench.pass(milliseconds: 5)
        let second = try #require(store.claim(1, butOf: [], lasts: 60_000_000).first)
        #expect(second.isTakenOver && second.claim == first.claim + 1)
        #expect(try store.note([note(first, .waiting)], keptFor: 30).isEmpty)
        #expect(try store.claim(1, butOf: [], lasts: 1_000).isEmpty)
        let both = [note(first, .orphaned, keeps: true), note(second, .delivered)]
        #expect(try store.note(both, keptFor: 30) == [second.id])
        #expect(try bench.texts("SELECT state FROM deliveries") == ["delivered"])
        #expect(try bench.texts("SELECT id FROM results") == [])
    }

    @Test func `a note that is written twice is noted once, with each of its tries`() throws {
        try bench.add("r")
        let store = bench.store("one")
        let owed = try #require(store.claim(1, butOf: [], lasts: 60_000_000).first)
        let kept = note(owed, .orphaned, keeps: true)
        #expect(try store.note([kept], keptFor: 30) == [owed.id])
        #expect(try store.note([kept], keptFor: 30) == [owed.id])
        #expect(try bench.texts("SELECT count(*) FROM delivery_attempts") == ["2"])
    }

    @Test func `a replay that succeeds takes the result out of the inbox, one that fails does not`() throws {
        try bench.add("r")
        let store = bench.store("one")
        let owed = try #require(store.claim(1, butOf: [], lasts: 60_000_000).first)
        _ = try store.note([note(owed, .orphaned, keeps: true)], keptFor: 30)
        #expect(try bench.replay("again", run: "r").count == 1)
        let again = try #require(store.claim(1, butOf: [], lasts: 60_000_000).first)
        _ = try store.note([note(again, .orphaned, keeps: true)], keptFor: 30)
        #expect(try store.backlog().kept == 1)
        #expect(try bench.replay("once more", run: "r").count == 1)
        let last = try #require(store.claim(1, butOf: [], lasts: 60_000_000).first)
        _ = try store.note([note(last, .delivered)], keptFor: 30)
        #expect(try store.backlog().kept == 0)
        #expect(try bench.texts("SELECT redeemed_by FROM results") == ["delivery"])
    }

    @Test func `one request id replays nothing twice, is answered the same, and the audit log says what`() throws {
        for run in ["a", "b", "c", "a"] { try bench.add(run, ending: run == "a" ? try bench.count() + 1 : 1) }
        try bench.sql("UPDATE deliveries SET state = 'orphaned', ended_at = now()")
        let first = try bench.replay("wish", limit: 2)
        let second = try bench.replay("wish", limit: 2)
        #expect(first.count == 2 && second == first)
        try bench.sql("UPDATE deliveries SET state = 'delivered' WHERE state = 'waiting'")
        #expect(try bench.replay("wish", limit: 2) == first)
        #expect(try bench.texts("SELECT count(*) FROM deliveries WHERE state = 'waiting'") == ["0"])
        let rest = try bench.replay("another wish")
        #expect(rest.count == 4)
        let told = try bench.texts("SELECT detail FROM audit_log WHERE request_id = 'another wish' AND run_id = 'a'")
        #expect(told == ["deliveries \(rest[0]), \(rest[3])"], "\(told)")
    }

    @Test func `nobody is warned and robbed in one breath`() throws {
        try bench.keep("late", expires: "-1 hour")
        try bench.keep("soon", expires: "1 day")
        try bench.keep("picked", expires: "-1 hour", redeemed: true)
        let store = bench.store("one")
        let first = try store.sweep(SweepAges())
        #expect(Set(first.warned.map(\.runID)) == ["late", "soon"] && first.removed.map(\.runID) == ["picked"])
        #expect(try store.sweep(SweepAges()).removed.isEmpty)
        try bench.sql("UPDATE results SET warned_at = now() - interval '7 hours'")
        #expect(try store.sweep(SweepAges()).removed.map(\.runID) == ["late"])
        #expect(try store.kept(of: ["late", "soon", "nobody"]) == ["soon"])
    }

    @Test func `bodies of what people have stay for replays only, and a full sweep says so`() throws {
        try bench.sql(
            """
            INSERT INTO deliveries (run_id, ending, kind, tenant_id, user_id, session_id, flow_id, due_at, event, state,
                ended_at)
            SELECT 'r' || n, 1, 'end', 't', 'u', 's', 'f', now(), '{}', 'delivered', now() - interval '8 days'
            FROM generate_series(1, 1500) AS n
            """)
        try bench.add("young")
        let store = bench.store("one")
        #expect(try store.sweep(SweepAges()).isFull)
        #expect(try !store.sweep(SweepAges()).isFull)
        #expect(try bench.texts("SELECT run_id FROM deliveries WHERE event IS NOT NULL") == ["young"])
    }
}

/// Deliveries on a database of their own.
private final class DeliveryBench {
    private let database: ScratchDatabase
    private let connection: PostgresConnection

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
    }

    func store(_ courier: String) -> PostgresDeliveryStore {
        PostgresDeliveryStore(settings: database.settings, courier: courier, clock: SystemLaneClock())
    }

    func sql(_ statement: String) throws { try connection.execute(statement) }
    func texts(_ query: String) throws -> [String] {
        try connection.execute("SELECT q::text FROM (\(query)) AS t(q)")[0].map { $0.string(0) ?? "" }
    }
    func count() throws -> Int { Int(try texts("SELECT count(*) FROM deliveries")[0]) ?? 0 }
    func pass(milliseconds: Int) { _ = try? sql("SELECT pg_sleep(\(Double(milliseconds) / 1000))") }

    func add(_ run: String, ending: Int = 1) throws {
        try sql(
            """
            INSERT INTO deliveries (run_id, ending, kind, tenant_id, user_id, session_id, flow_id, due_at, event)
            VALUES ('\(run)', \(ending), 'end', 't', 'u', 's', 'f', now() - interval '1 second', '{}')
            """)
    }

    func keep(_ run: String, expires: String, redeemed: Bool = false) throws {
        try sql(
            """
            INSERT INTO results (id, run_id, ending, flow_id, tenant_id, user_id, session_id, status, results, reason,
                expires_at, redeemed_at)
            VALUES ('res_\(run)', '\(run)', 1, 'f', 't', 'u', 's', 'completed', '{}', 'requested',
                now() + interval '\(expires)', \(redeemed ? "now()" : "NULL"))
            """)
    }

    func replay(_ request: String, run: String? = nil, limit: Int = 200) throws -> [Int] {
        var wanted = DeliverySelection()
        wanted.runID = run
        return try PostgresDeliveries(PostgresAccess(database.settings))
            .replay(wanted, limit: limit, Wish(requestID: request))
    }
}
