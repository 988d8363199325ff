import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// The breakers that retry workers share, on a real Postgres.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct BreakerStoreTests {
    private let bench: RetryBench

    init() throws { bench = try RetryBench() }

    private func fail(_ failed: Int, succeed succeeded: Int = 0, at second: String = "now()") throws {
        try bench.sql(
            """
            INSERT INTO handler_outcomes (second, handler, tenant_id, succeeded, failed)
            VALUES (\(second), 'http', 'acme', \(succeeded), \(failed))
            """)
    }

    private func read(_ store: PostgresRetryStore) throws -> [BreakerReading] {
        try store.breakers(window: 60_000_000, minimum: 5)
    }

    private func claim(_ store: PostgresRetryStore) throws -> [ClaimedRetry] {
        try store.claim(RetryClaim(limit: 100, lasts: 5_000_000))
    }

    @Test func `failures within the window are read, and those of long ago are not`() throws {
        let store = bench.store("one")
        try fail(4)
        try fail(100, at: "now() - interval '61 s'")
        #expect(try read(store).isEmpty)
        try fail(3, succeed: 2, at: "now() - interval '9 s'")
        let readings = try read(store)
        #expect(readings.map(\.handler) == ["http"] && readings.map(\.state) == [.closed])
        #expect(readings.map(\.recent) == [OutcomeCount(succeeded: 2, failed: 7)])
    }

    @Test func `of two workers that open a breaker one succeeds`() throws {
        let (one, other) = (bench.store("one"), bench.store("other"))
        try fail(9)
        let (seen, also) = (try read(one), try read(other))
        let outcomes = [try one.open(seen[0]), try other.open(also[0])]
        #expect(outcomes == [true, false])
        let now = try read(other)
        #expect(now.map(\.state) == [.open] && now.map(\.version) == [1] && now.map(\.openings) == [1])
    }

    @Test func `rows of an open breaker are parked with their due time, others are claimed`() throws {
        let store = bench.store("one")
        try fail(9)
        _ = try store.open(try read(store)[0])
        try bench.add("held", due: "-2 s")
        try bench.add("other-tenant", due: "-1 s", tenant: "zeta")
        try bench.add("other-handler", due: "-1 s", handler: "echo")
        let claimed = try claim(store)
        #expect(Set(claimed.map(\.key.runID)) == ["other-tenant", "other-handler"])
        #expect(try bench.count("parked AND claimed_until IS NULL AND due_at < now() - interval '2 s'") == 1)
        #expect(try claim(store).isEmpty)
    }

    @Test func `a wave takes the earliest parked rows, is judged by its attempts, and closing frees the rest`() throws {
        let store = bench.store("one")
        try fail(9)
        _ = try store.open(try read(store)[0])
        for number in 1...5 { try bench.add("r\(number)", due: "-\(10 - number) s") }
        #expect(try claim(store).isEmpty)
        let wave = try #require(try store.wave(try read(store)[0], size: 2, lasts: 5_000_000))
        #expect(Set(wave.map(\.key.runID)) == ["r1", "r2"])
        try store.remove(wave.map(\.key))
        var reading = try read(store)[0]
        #expect(reading.state == .probing && reading.waveSize == 2 && reading.wave == OutcomeCount(pending: 2))
        try attempt("r1", "succeeded", nil)
        try attempt("r2", "failed", "timeout")
        reading = try read(store)[0]
        #expect(reading.wave == OutcomeCount(succeeded: 1, failed: 1))
        let next = try #require(try store.wave(reading, size: 8, lasts: 5_000_000))
        #expect(next.count == 3)
        let stale = try store.wave(reading, size: 8, lasts: 5_000_000)
        #expect(stale?.count == nil)
        try bench.add("r6", due: "-1 s")
        #expect(try claim(store).isEmpty)
        let closed = try store.close(try read(store)[0])
        #expect(closed)
        #expect(try read(store).isEmpty)
        #expect(try claim(store).map(\.key.runID) == ["r6"])
    }

    @Test func `canaries that were cancelled, or wait behind the breaker again, are no verdict`() throws {
        let store = bench.store("one")
        try fail(9)
        _ = try store.open(try read(store)[0])
        for number in 1...3 { try bench.add("r\(number)", due: "-\(10 - number) s") }
        #expect(try claim(store).isEmpty)
        let wave = try #require(try store.wave(try read(store)[0], size: 3, lasts: 5_000_000))
        try store.remove(wave.filter { $0.key.runID != "r3" }.map(\.key))
        try attempt("r1", "cancelled", "cancelled")
        try bench.sql("UPDATE task_retries SET parked = true WHERE run_id = 'r3'")
        let reading = try #require(try read(store).first)
        #expect(reading.wave == OutcomeCount(pending: 1, voided: 2))
    }

    @Test func `failures from before it closed do not open it again`() throws {
        let store = bench.store("one")
        try fail(9)
        _ = try store.open(try read(store)[0])
        _ = try store.close(try read(store)[0])
        #expect(try read(store).isEmpty)
        try fail(6, at: "now() + interval '2 s'")
        let reading = try #require(try read(store).first)
        #expect(reading.state == .closed && reading.recent.failed == 6)
        let opened = try store.open(reading)
        #expect(opened)
        #expect(try read(store).map(\.openings) == [1])
    }

    @Test func `a breaker closed by hand frees what it held, and is in the audit log`() throws {
        let store = bench.store("one")
        try fail(9)
        _ = try store.open(try read(store)[0])
        try bench.add("r1", due: "-9 s")
        #expect(try claim(store).isEmpty)
        let seen = try read(store)[0]
        let access = PostgresAccess(bench.settings)
        let wish = Wish(requestID: "q1", actor: "ada", reason: "mended")
        let others = try PostgresBreakerReader(access).close(handler: "http", tenantID: "zeta", wish)
        #expect(others.isEmpty)
        let closed = try PostgresBreakerReader(access).close(handler: "http", tenantID: nil, wish)
        #expect(closed.map(\.tenantID) == ["acme"] && closed.map(\.parked) == [1] && closed.map(\.state) == ["closed"])
        let wave = try store.wave(seen, size: 3, lasts: 5_000_000)
        #expect(wave?.count == nil)
        #expect(try read(store).isEmpty)
        #expect(try claim(store).map(\.key.runID) == ["r1"])
        var filter = AuditFilter()
        filter.actor = "ada"
        let lines = try PostgresAuditReader(access).entries(filter)
        #expect(lines.map(\.action) == ["breaker_close"] && lines.map(\.detail) == ["http for acme"])
        #expect(lines.first?.requestID == "q1" && lines.first?.reason == "mended" && lines.first?.outcome == "done")
        filter.before = lines.first?.id
        let earlier = try PostgresAuditReader(access).entries(filter)
        #expect(earlier.isEmpty)
    }

    @Test func `rows that were parked while their breaker closed are freed by the next look`() throws {
        let store = bench.store("one")
        try bench.add("orphan", due: "-1 s")
        try bench.sql("UPDATE task_retries SET parked = true")
        #expect(try claim(store).isEmpty)
        _ = try read(store)
        #expect(try claim(store).count == 1)
    }

    private func attempt(_ run: String, _ status: String, _ errorClass: String?) throws {
        let word = errorClass.map { "'\($0)'" } ?? "NULL"
        try bench.sql(
            """
            INSERT INTO task_attempts (run_id, task_id, attempt, batch, status, error_class)
            VALUES ('\(run)', 't', 1, 1, '\(status)', \(word))
            """)
    }
}
