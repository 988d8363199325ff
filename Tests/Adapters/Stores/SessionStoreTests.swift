import JSON
import Platform
import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// Sessions on a real Postgres: what is counted, and how fast, with a hundred thousand runs.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct SessionStoreTests {
    private let database: ScratchDatabase
    private let connection: PostgresConnection
    private let sessions: PostgresSessions

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
        sessions = PostgresSessions(PostgresAccess(database.settings))
    }

    /// Runs `p1` …: of ten one failed, one runs, one was cancelled; each has a task `a`, of failed ones it failed.
    private func add(_ count: Int, session: String, prefix: String = "p") throws {
        try connection.execute(
            """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, created_at,
                updated_at, completed_at, session_id, lane, batch, config_snapshot, root_run_id, input_data)
            SELECT '\(prefix)' || n, 'f', 't', 'u', 'c', s.status, now() - interval '1 hour', now(),
                CASE WHEN s.status <> 'running' THEN now() - interval '1 hour' + n % 1000 * interval '1 ms' END,
                '\(session)', n % 4, 1, jsonb_build_object('initial_state', repeat('x', 300)), '\(prefix)' || n,
                jsonb_build_object('query', 'q' || n % 3)
            FROM generate_series(1, \(count)) n CROSS JOIN LATERAL (SELECT CASE n % 10 WHEN 0 THEN 'failed'
                WHEN 1 THEN 'running' WHEN 2 THEN 'cancelled' ELSE 'completed' END AS status) s;
            INSERT INTO task_execution_history (run_id, task_id, handler, status, attempts, created_at, updated_at,
                completed_at, batch, stage_order, execution_time_ms, error_message)
            SELECT run_id, 'a', 'http', CASE status WHEN 'failed' THEN 'failed' WHEN 'cancelled' THEN 'cancelled'
                ELSE 'succeeded' END, CASE WHEN status = 'failed' THEN 4 ELSE 1 END, now(), now(), now(), 1, 0, 5,
                CASE WHEN status = 'failed' THEN 'connection refused' END
            FROM flow_run_history WHERE session_id = '\(session)';
            INSERT INTO dead_letters (message_id, kind, reason, run_id, task_id, handler, attempts, error, failed_at,
                session_id, tenant_id, fingerprint)
            SELECT 'dl/' || run_id, 'task', 'retries_exhausted', run_id, 'a', 'http', 4, 'connection refused', now(),
                session_id, 't', 'f' || length(run_id) % 2
            FROM flow_run_history WHERE session_id = '\(session)' AND status = 'failed';
            """)
    }

    @Test func `what circuit breakers hold back is told by handler, and only of the session`() throws {
        try add(20, session: "s")
        try add(10, session: "other", prefix: "o")
        #expect(try sessions.heldBack(of: "s") == [])
        try connection.execute(
            """
            INSERT INTO handler_breakers (handler, tenant_id, state, version, openings, changed_by, opened_at,
                changed_at, reason)
            VALUES ('http', 't', 'open', 1, 1, 'w', now(), now(), '20 of 20 attempts failed');
            INSERT INTO task_retries (run_id, task_id, attempt, due_at, parked, message)
            SELECT run_id, 'a', 1, now(), true, '{"handler":"http","tenant_id":"t"}'
            FROM flow_run_history WHERE status = 'running'
            """)
        let held = try sessions.heldBack(of: "s")
        #expect(held == [SessionHold(handler: "http", tasks: 2, reason: "20 of 20 attempts failed")])
        #expect(try PostgresSessions(PostgresAccess(database.settings), tenantID: "x").heldBack(of: "s") == [])
    }

    @Test func `everything about a session is counted from its rows`() throws {
        try add(100, session: "s")
        try add(10, session: "other", prefix: "o")
        let counts = try sessions.counts(of: "s")
        #expect(counts.byStatus == ["failed": 10, "running": 10, "cancelled": 10, "completed": 70])
        #expect(counts.total == 100 && counts.done == 90 && counts.left == 10)
        let durations = try sessions.durations(of: "s")
        #expect(durations.ended == 90)
        #expect(durations.p50 ?? 0 > 40 && durations.p50 ?? 0 < 60)
        let retries = try sessions.retries(of: "s")
        #expect(
            retries
                == {
                    var expected = SessionRetryCounts()
                    (expected.retriedTasks, expected.extraAttempts, expected.mostAttempts) = (10, 30, 4)
                    return expected
                }())
        let failures = try sessions.failures(of: "s", limit: 10)
        #expect(failures.map(\.tasks).reduce(0, +) == 10)
        #expect(failures.first?.error == "connection refused")
        let stages = try sessions.stages(of: "s", runs: 1_000)
        #expect(stages.map(\.taskID) == ["a"])
        #expect(stages.first?.failed == 10 && stages.first?.succeeded == 80 && stages.first?.retried == 10)
        #expect(stages.first?.commonError == "connection refused")
        let overall = try sessions.stages(ofFlow: "f", since: "2000-01-01T00:00:00Z", runs: 1_000)
        #expect(overall.first?.runs == 110)
        #expect(try sessions.openRuns(of: "s", after: "", limit: 3).count == 3)
        #expect(try sessions.runs(of: "s", withQueries: ["q1"]).count == 34)
    }

    @Test func `tasks that failed are told with what stands against a retry`() throws {
        try add(20, session: "s")
        let first = try sessions.failedTasks(of: "s", queries: nil, after: nil, limit: 1)
        let rest = try sessions.failedTasks(of: "s", queries: nil, after: first.last, limit: 10)
        #expect((first + rest).map(\.name.runID) == ["p10", "p20"])
        let asked = try sessions.failedTasks(of: "s", queries: ["q2"], after: nil, limit: 10)
        #expect(asked.map(\.name.runID) == ["p20"], "q1 is p10's")
        try connection.execute("UPDATE flow_run_history SET live_key = 'p10' WHERE run_id = 'p1'")
        let told = try sessions.tasks([
            TaskName(runID: "p10", taskID: "a"), TaskName(runID: "p3", taskID: "a"), TaskName(runID: "p3", taskID: "x"),
        ])
        #expect(
            Set(told.map { "\($0.name.runID) \($0.taskStatus) \($0.live ?? "-")" }) == [
                "p10 failed p1", "p3 succeeded -",
            ])
        let id = try connection.execute("SELECT id FROM dead_letters WHERE run_id = 'p20'")[0].first?.int(0) ?? 0
        #expect(try sessions.tasks(ofLetters: [id, 99_999]) == [id: TaskName(runID: "p20", taskID: "a")])
    }

    @Test func `a tenant sees of a session what is its own, whoever names it`() throws {
        try add(20, session: "s")
        let stranger = PostgresSessions(PostgresAccess(database.settings), tenantID: "x")
        let owner = PostgresSessions(PostgresAccess(database.settings), tenantID: "t")
        #expect(try stranger.session("s") == nil)
        let foreign = SessionDraft(sessionID: "s", tenantID: "x")
        #expect(try !stranger.open(foreign, Wish(requestID: "o")), "the id belongs to runs of another")
        #expect(try stranger.counts(of: "s").total == 0 && stranger.durations(of: "s").ended == 0)
        #expect(try stranger.retries(of: "s").retriedTasks == 0 && stranger.failures(of: "s", limit: 5).isEmpty)
        #expect(try stranger.stages(of: "s", runs: 10).isEmpty)
        #expect(try stranger.openRuns(of: "s", after: "", limit: 5).isEmpty)
        #expect(try stranger.failedTasks(of: "s", queries: nil, after: nil, limit: 5).isEmpty)
        #expect(try stranger.tasks([TaskName(runID: "p10", taskID: "a")]).isEmpty)
        #expect(try stranger.runs(of: "s", withQueries: ["q1"]).isEmpty)
        let id = try connection.execute("SELECT id FROM dead_letters WHERE run_id = 'p20'")[0].first?.int(0) ?? 0
        #expect(try stranger.tasks(ofLetters: [id]).isEmpty)
        #expect(try owner.open(SessionDraft(sessionID: "s", tenantID: "t"), Wish(requestID: "o")))
        #expect(try !stranger.close("s", Wish(requestID: "end")))
        #expect(try owner.counts(of: "s").total == 20 && owner.failures(of: "s", limit: 5).count == 1)
        #expect(try owner.tasks(ofLetters: [id]).count == 1)
        #expect(try owner.close("s", Wish(requestID: "end")))
    }

    @Test func `a session is opened once, closed, swept and forgotten; one of runs alone is there too`() throws {
        try add(1, session: "implicit")
        #expect(try sessions.session("implicit")?.isOpened == false)
        #expect(try sessions.session("nobody") == nil)
        let metadata = Array(#"{"job_id":"j"}"#.utf8)[...]
        let draft = SessionDraft(sessionID: "s", tenantID: "t", metadata: metadata, expiresInSeconds: 3600)
        #expect(try sessions.open(draft, Wish(requestID: "o")))
        #expect(try !sessions.open(draft, Wish(requestID: "o")))
        let session = try #require(try sessions.session("s"))
        #expect(session.tenantID == "t" && session.isOpened && session.expiresAt != nil && session.closedAt == nil)
        #expect(try sessions.sessions(tenantID: nil, before: nil, limit: 5).map(\.sessionID) == ["s"])
        #expect(try sessions.sessions(tenantID: "x", before: nil, limit: 5).isEmpty)
        #expect(try sessions.close("s", Wish(requestID: "end", actor: "ann")))
        #expect(try !sessions.close("s", Wish(requestID: "end", actor: "ann")))
        #expect(try sessions.open(SessionDraft(sessionID: "late", expiresInSeconds: -1), Wish(requestID: "l")))
        #expect(try sessions.sweep(keepSeconds: 3600) == SessionSweep(closed: 1, forgotten: 0))
        #expect(try sessions.session("late")?.closedBy == "expiry")
        #expect(try sessions.sweep(keepSeconds: -1) == SessionSweep(closed: 0, forgotten: 2))
    }

    @Test func `a session of a hundred thousand runs is told in little time, by its index`() throws {
        try add(100_000, session: "big")
        try add(20_000, session: "small", prefix: "o")
        try connection.execute("VACUUM ANALYZE")
        let clock = SystemLaneClock()
        var figures: [String] = []
        func time(_ name: String, _ body: () throws -> Void) rethrows {
            try body()
            var best = Microseconds.max
            for _ in 0..<5 {
                let began = clock.monotonic
                try body()
                best = min(best, clock.monotonic - began)
            }
            figures.append("\(name) \(best / 1_000) ms")
            // Other tests, and other people, share the machine.
            #expect(best < 250_000, "\(name): \(best) µs")
        }
        try time("counts") { _ = try sessions.counts(of: "big") }
        try time("durations") { _ = try sessions.durations(of: "big") }
        try time("retries") { _ = try sessions.retries(of: "big") }
        try time("failures") { _ = try sessions.failures(of: "big", limit: 50) }
        try time("open runs") { _ = try sessions.openRuns(of: "big", after: "", limit: 1_000) }
        try time("stages") { _ = try sessions.stages(of: "big", runs: 10_000) }
        print("figure: a session of 100,000 runs: \(figures.joined(separator: ", "))")
        try connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off")
        for statement in [SessionSQL.counts, SessionSQL.durations, SessionSQL.retries, SessionSQL.openRuns] {
            let plan = try plan(of: statement)
            #expect(plan.contains("flow_run_history_session"), "\(plan)")
            #expect(!plan.contains("Seq Scan"), "\(plan)")
        }
        let failures = try plan(of: SessionSQL.failures)
        #expect(failures.contains("dead_letters_session"), "\(failures)")
    }

    /// As a session of ours plans it: for any value.
    private func plan(of statement: PostgresStatement) throws -> String {
        let types = ["text, text", "text, text, bigint", "text, text, text, bigint"]
        let values = ["'big', NULL", "'big', 't', 50", "'big', 't', '', 1000"]
        let place = statement.parameters.count - 2
        return try connection.execute(
            """
            PREPARE asked (\(types[place])) AS \(statement.sql);
            EXPLAIN EXECUTE asked (\(values[place])); DEALLOCATE asked
            """
        ).flatMap { $0.compactMap { $0.string(0) } }.joined(separator: "\n")
    }
}
