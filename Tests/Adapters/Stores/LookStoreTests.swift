import Platform
import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// What the looks and retries by hand ask of Postgres, on a real one.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct LookStoreTests {
    private let database: ScratchDatabase
    private let connection: PostgresConnection
    private let store: PostgresLaneStore

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
        store = PostgresLaneStore(
            settings: database.settings, registry: nil, topics: TopicNames(prefix: ""), clock: SystemLaneClock())
    }

    /// - `check`: `next_check_at`, from now.
    private func add(_ run: String, lane: Int = 0, status: String = "running", check: String?, live: String? = nil)
        throws
    {
        let time = check.map { "now() + interval '\($0)'" } ?? "NULL"
        try connection.execute(
            """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, created_at,
                updated_at, completed_at, session_id, lane, batch, config_snapshot, next_check_at, live_key)
            VALUES ('\(run)', 'f', 't', 'u', 'c', '\(status)', now(), now(),
                CASE WHEN '\(status)' IN ('running', 'paused') THEN NULL ELSE now() END, 's', \(lane), 1, '{}', \(time),
                \(live.map { "'\($0)'" } ?? "NULL"))
            """)
    }

    @Test func `runs are due when their time has come and they go on, each lane from where it was looked`() throws {
        try add("due", check: "-5 s")
        try add("paused", status: "paused", check: "-4 s")
        try add("later", check: "60 s")
        try add("ended", status: "failed", check: "-5 s")
        try add("elsewhere", lane: 2, check: "-5 s")
        try add("never", check: nil)
        let found = try store.dueRuns([0: 0, 1: 0], limit: 100)
        #expect(Set(found.runs) == ["due", "paused"])
        let again = try store.dueRuns(found.lookedUntil, limit: 100)
        #expect(again.runs.isEmpty)
        let other = try store.dueRuns([2: 0], limit: 100)
        #expect(other.runs == ["elsewhere"])
    }

    @Test func `what was written a moment ago with an earlier time is still found`() throws {
        let first = try store.dueRuns([0: 0], limit: 100)
        try add("fresh", check: "-1 s")
        let second = try store.dueRuns(first.lookedUntil, limit: 100)
        #expect(second.runs == ["fresh"])
    }

    @Test func `many due runs come in portions, and none is passed by`() throws {
        for number in 0..<25 { try add("r\(number)", check: "-\(100 - number / 2) s") }
        var (since, seen): ([Int32: Microseconds], [Identifier]) = ([0: 0], [])
        for _ in 0..<4 {
            let due = try store.dueRuns(since, limit: 10)
            seen += due.runs
            since = due.lookedUntil
        }
        #expect(Set(seen).count == 25)
    }

    @Test func `entries of ended runs behind the last look cost nothing`() throws {
        try connection.execute(
            """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, created_at,
                updated_at, completed_at, session_id, lane, batch, config_snapshot, next_check_at)
            SELECT 'old' || n, 'f', 't', 'u', 'c', 'completed', now(), now(), now(), 's', 0, 1, '{}',
                   now() - interval '1 hour' + n * interval '1 ms' FROM generate_series(1, 50000) n
            """)
        try add("due", check: "-10 s")
        let clock = SystemLaneClock()
        var since: [Int32: Microseconds] = [0: 0]
        while try store.dueRuns(since, limit: 1_000).runs.isEmpty {
            since = try store.dueRuns(since, limit: 1_000).lookedUntil
        }
        since = try store.dueRuns(since, limit: 1_000).lookedUntil
        let began = clock.monotonic
        for _ in 0..<20 { _ = try store.dueRuns(since, limit: 1_000) }
        let each = (clock.monotonic - began) / 20
        #expect(each < 20_000, "\(each) µs")
    }

    @Test func `how far was looked is kept with the lane, by its owner only`() throws {
        try store.create(lane: 0, at: LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0), installation: "i")
        let first = try store.take([0], owner: "a")
        #expect(first.first?.lookedUntil == 0)
        let fence = { (owner: String) in
            LaneFence(
                lane: 0, owner: owner, batch: 0, emitted: 0,
                position: LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0), touched: [])
        }
        try store.noteLooked([fence("somebody else")], until: [0: 77])
        try store.noteLooked([fence("a")], until: [0: 1_000_000])
        let second = try store.take([0], owner: "b")
        #expect(second.first?.lookedUntil == 1_000_000)
    }

    @Test func `retry rows are told by attempt`() throws {
        try connection.execute(
            "INSERT INTO task_retries (run_id, task_id, attempt, due_at, message) VALUES ('r', 't', 2, now(), '{}')")
        let rows = try store.retryRows(of: ["r", "other"])
        #expect(rows == [AttemptKey(runID: "r", taskID: "t", attempt: 2)])
    }

    @Test func `a second live retry of a run is refused, and the first is told`() throws {
        try add("parent", status: "failed", check: nil)
        try add("child", check: nil, live: "parent")
        try store.create(lane: 0, at: LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0), installation: "i")
        _ = try store.take([0], owner: "a")
        let fence = LaneFence(
            lane: 0, owner: "a", batch: 0, emitted: 0, position: LanePosition(flowRuns: 1, taskDone: 0, taskFailed: 0),
            touched: ["parent"])
        var decision = Decision()
        var state = RunStateRow(status: .running, updatedAt: 1)
        state.liveKey = "parent"
        decision.runStates.append((runID: "parent", correlationID: "parent", createdAt: 0, state: state))
        try store.submit([fence], decision)
        let outcome = store.outcome()
        #expect(outcome == .refused(.liveRetry))
        let live = try store.liveRetries(of: ["parent", "child"])
        #expect(live == ["parent": "child"])
    }

    @Test func `the open dead letters of a task that is tried again are closed, and no others`() throws {
        for (task, state) in [("a", "open"), ("b", "open"), ("c", "discarded")] {
            try connection.execute(
                """
                INSERT INTO dead_letters (message_id, kind, reason, run_id, task_id, attempts, error, failed_at,
                    fingerprint, state) VALUES ('\(task)', 'task', 'permanent', 'r', '\(task)', 1, '', now(), '',
                    '\(state)')
                """)
        }
        var decision = Decision()
        for task: Identifier in ["a", "c"] {
            decision.redriven.append(
                RedrivenTask(runID: "r", taskID: task, actor: Array("ann".utf8)[...], reason: nil))
        }
        try store.create(lane: 0, at: LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0), installation: "i")
        _ = try store.take([0], owner: "a")
        let position = LanePosition(flowRuns: 1, taskDone: 0, taskFailed: 0)
        let fence = LaneFence(lane: 0, owner: "a", batch: 0, emitted: 0, position: position, touched: [])
        try store.submit([fence], decision)
        guard case .committed = store.outcome() else { return #expect(Bool(false), "not committed") }
        let rows = try connection.execute(
            "SELECT message_id || ' ' || state || coalesce(' by ' || closed_by, '') FROM dead_letters ORDER BY 1")
        #expect(rows[0].map { $0.string(0) } == ["a redriven by ann", "b open", "c discarded"])
    }
}
