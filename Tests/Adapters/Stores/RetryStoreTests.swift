import Platform
import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// What retry workers ask of Postgres, on a real one.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct RetryStoreTests {
    private let bench: RetryBench

    init() throws { bench = try RetryBench() }

    @Test func `only rows that are due are claimed, the earliest first, and nobody claims them twice`() throws {
        try bench.add("late", due: "-3 s")
        try bench.add("later", due: "-9 s")
        try bench.add("future", due: "60 s")
        try bench.add("paused", due: nil)
        let (one, other) = (bench.store("one"), bench.store("other"))
        let first = try one.claim(RetryClaim(limit: 1, lasts: 5_000_000))
        #expect(first.map(\.key.runID) == ["later"])
        let message = String(decoding: first[0].message, as: UTF8.self)
        #expect(message.contains("later/t/1") && first[0].pool == "gpu" && first[0].handler == "http")
        #expect((9_000_000..<19_000_000).contains(first[0].lateness) && !first[0].isTakenOver)
        let rest = try other.claim(RetryClaim(limit: 10, lasts: 5_000_000))
        #expect(rest.map(\.key.runID) == ["late"])
        #expect(try one.claim(RetryClaim(limit: 10, lasts: 5_000_000)).isEmpty)
    }

    @Test func `punctual and overdue rows are claimed apart`() throws {
        try bench.add("yesterday", due: "-86400 s")
        try bench.add("now", due: "-1 s")
        let store = bench.store("one")
        let punctual = try store.claim(RetryClaim(limit: 10, below: 60_000_000, lasts: 5_000_000))
        let overdue = try store.claim(RetryClaim(limit: 10, from: 60_000_000, lasts: 5_000_000))
        #expect(punctual.map(\.key.runID) == ["now"] && overdue.map(\.key.runID) == ["yesterday"])
    }

    @Test func `a claim that ran out is taken over, and its former owner removes nothing`() throws {
        try bench.add("r", due: "-1 s")
        let (dead, heir) = (bench.store("dead"), bench.store("heir"))
        let claimed = try dead.claim(RetryClaim(limit: 10, lasts: 1_000))
        #expect(try heir.untilNextDue() ?? 1 <= 1_000)
        bench.pass(milliseconds: 5)
        let taken = try heir.claim(RetryClaim(limit: 10, lasts: 5_000_000))
        #expect(taken.map(\.isTakenOver) == [true])
        let ours = try dead.renew(claimed.map(\.key), lasts: 5_000_000)
        #expect(ours.isEmpty)
        try dead.remove(claimed.map(\.key))
        #expect(try bench.count("true") == 1)
        try heir.remove(taken.map(\.key))
        #expect(try bench.count("true") == 0)
    }

    @Test func `a row that its lane wrote anew survives the removal of the one before`() throws {
        try bench.add("r", due: "-1 s")
        let store = bench.store("one")
        let claimed = try store.claim(RetryClaim(limit: 10, lasts: 5_000_000))
        try bench.sql("UPDATE task_retries SET due_at = now(), claimed_until = NULL")
        try store.remove(claimed.map(\.key))
        #expect(try bench.count("true") == 1)
    }

    @Test func `rows that were given back rest, and then belong to anybody`() throws {
        try bench.add("r", due: "-1 s")
        let (one, other) = (bench.store("one"), bench.store("other"))
        let claimed = try one.claim(RetryClaim(limit: 10, lasts: 5_000_000))
        try one.release(claimed.map(\.key), after: 600_000_000)
        #expect(try other.claim(RetryClaim(limit: 10, lasts: 5_000_000)).isEmpty)
        try bench.sql("UPDATE task_retries SET claimed_until = claimed_until - interval '10 minutes'")
        #expect(try other.claim(RetryClaim(limit: 10, lasts: 5_000_000)).count == 1)
    }

    @Test func `a sleep ends when a row is written that is due earlier, and is told of a run that resumes`() throws {
        let store = bench.store("one")
        _ = try store.untilNextDue()
        let clock = SystemLaneClock()
        let start = clock.monotonic
        try bench.add("soon", due: "0.1 s")
        store.wait(10_000_000)
        let slept = clock.monotonic - start
        #expect((90_000..<1_000_000).contains(slept), "\(slept)")
        #expect(try store.claim(RetryClaim(limit: 10, lasts: 5_000_000)).count == 1)
        try bench.add("paused", due: nil)
        #expect(try store.untilNextDue() ?? 0 > 1_000_000)
        try bench.sql("UPDATE task_retries SET due_at = now() WHERE run_id = 'paused'")
        store.wait(10_000_000)
        #expect(clock.monotonic - start < 3_000_000)
        #expect(try store.claim(RetryClaim(limit: 10, lasts: 5_000_000)).count == 1)
    }

    @Test func `the backlog tells what is overdue and what is parked`() throws {
        try bench.add("late", due: "-5 s")
        try bench.add("held", due: "-9 s")
        try bench.sql("UPDATE task_retries SET parked = true WHERE run_id = 'held'")
        let backlog = try bench.store("one").backlog()
        #expect(backlog.overdue == 1 && backlog.parked == 1)
        #expect((5_000_000..<15_000_000).contains(backlog.oldest))
    }
}

/// A database of one test with retry rows in it.
final class RetryBench {
    private let database: ScratchDatabase
    private let connection: PostgresConnection

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
    }

    func store(_ worker: String) -> PostgresRetryStore {
        PostgresRetryStore(settings: database.settings, worker: worker, clock: SystemLaneClock())
    }

    var settings: PostgresSettings { database.settings }

    func sql(_ statement: String) throws { try connection.execute(statement) }

    func count(_ condition: String) throws -> Int {
        try connection.execute("SELECT count(*) FROM task_retries WHERE \(condition)")[0][0].int(0) ?? -1
    }

    /// - `due`: from now; nil for a paused run.
    func add(_ run: String, due: String?, handler: String = "http", tenant: String = "acme") throws {
        let time = due.map { "now() + interval '\($0)'" } ?? "'infinity'"
        try sql(
            """
            INSERT INTO task_retries (run_id, task_id, attempt, due_at, message, pool)
            VALUES ('\(run)', 't', 1, \(time),
            '{"message_id":"\(run)/t/1","handler":"\(handler)","tenant_id":"\(tenant)"}', 'gpu')
            """)
    }

    func pass(milliseconds: Int) { _ = try? sql("SELECT pg_sleep(\(Double(milliseconds) / 1000))") }
}
