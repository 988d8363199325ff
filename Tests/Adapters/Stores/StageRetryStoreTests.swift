import JSON
import Platform
import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// Stage retries on a real Postgres: what is copied, what is refused, and who wins.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct StageRetryStoreTests {
    private let database: ScratchDatabase
    private let connection: PostgresConnection
    private let store: PostgresLaneStore

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
        store = Self.newStore(database)
        for lane in Int32(0)..<3 { try store.create(lane: lane, at: Self.start, installation: "i") }
        _ = try store.take([0, 1], owner: "me")
    }

    private static let start = LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)

    private static func newStore(_ database: ScratchDatabase) -> PostgresLaneStore {
        PostgresLaneStore(
            settings: database.settings, registry: nil, topics: TopicNames(prefix: ""), clock: SystemLaneClock())
    }

    /// A failed run of `tasks` tasks in a line (two of them the last) on lane 0; all but the last succeeded.
    private func addParent(_ id: String = "p", tasks: Int = 3, outputBytes: Int = 20) throws {
        let flow = try Self.flow(tasks)
        try connection.execute(
            """
            INSERT INTO flow_definitions (sha256, definition)
            VALUES ('\(flow.sha256Hex)', '\(String(decoding: flow.definition, as: UTF8.self))') ON CONFLICT DO NOTHING;
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, created_at,
                updated_at, completed_at, session_id, lane, batch, config_snapshot, root_run_id, input_data, control)
            VALUES ('\(id)', 'f', 't', 'u', 'c', 'failed', now(), now(), now(), 's', 0, 1,
                '{"definition_sha256":"\(flow.sha256Hex)"}', '\(id)', '{"n":1}', '{"endings":1}');
            INSERT INTO task_execution_history (run_id, task_id, handler, status, attempts, input_data, output_data,
                error_message, error_class, created_at, updated_at, completed_at, batch, stage_order)
            SELECT '\(id)', 't' || n, 'echo', CASE WHEN n = \(tasks - 1) THEN 'failed' ELSE 'succeeded' END, 1, '{}',
                CASE WHEN n < \(tasks - 1) THEN
                    jsonb_build_object('n', n, 'text', repeat(md5(n::text), \(outputBytes / 32)))
                END, CASE WHEN n = \(tasks - 1) THEN 'no' END, CASE WHEN n = \(tasks - 1) THEN 'permanent' END,
                now(), now(), now(), 7, n
            FROM generate_series(0, \(tasks - 1)) n
            """)
    }

    /// `t0` … without dependencies, and the last task behind all of them.
    private static func flow(_ count: Int) throws -> Flow {
        let ids = (0..<count - 1).map { "t\($0)" }
        let last = ids.map { "\"\($0)\"" }.joined(separator: ",")
        let tasks =
            ids.map { #"{"task_id":"\#($0)","handler":"echo"}"# }
            + [#"{"task_id":"t\#(count - 1)","handler":"echo","depends_on":[\#(last)],"inputs":1}"#]
        let text = #"{"tasks":[\#(tasks.joined(separator: ","))]}"#
        return try Flow.compile(Array(text.utf8)[...], flowID: nil, settings: FlowSettings()).get()
    }

    /// The turn that makes the child, decided as a lane does.
    private func decide(
        _ child: Identifier, of rows: RunRows, from stage: String, lane: Int32, batch: Int64 = 0,
        overrides: String? = nil
    ) throws -> Decision {
        var wish = StageRetryRequest(
            parentRunID: rows.run.runID, fromStage: Identifier(stage), requestID: child.bytes[...])
        wish.outputOverrides = overrides.map { Array($0.utf8)[...] }
        let flow = try Self.flow(rows.tasks.count)
        let plan = try StageRetryPlan.make(
            StageRetrySources(parent: rows, pinned: flow, latest: nil, live: nil, depthLimit: 10), wish
        ).get()
        let turn = TurnContext(
            time: 1_800_000_000_000_000, batch: batch + 1, patterns: ErrorPatterns(), announcements: .off)
        var decision = Decision()
        var machine = RunMachine(
            plan, of: rows, RunRequest(runID: child, flowID: "f", sessionID: "x"), wish, version: nil, lane: lane,
            turn: turn)
        machine.enterAsChild(plan, of: rows.run, &decision, turn)
        machine.settle(turn: turn, into: &decision)
        return decision
    }

    private func fence(_ lane: Int32, batch: Int64 = 0, owner: String = "me") -> LaneFence {
        LaneFence(lane: lane, owner: owner, batch: batch, emitted: 0, position: Self.start, touched: [])
    }

    private func rows(_ id: Identifier) throws -> RunRows { try #require(try store.load([id]).first) }

    private func isCommitted(_ outcome: CommitOutcome) -> Bool {
        if case .committed = outcome { true } else { false }
    }

    @Test func `the child has its parent's rows, and folding them gives the lane's memory`() throws {
        try addParent()
        let decision = try decide("k", of: rows("p"), from: "t2", lane: 1)
        try store.submit([fence(1)], decision)
        let outcome = store.outcome()
        #expect(isCommitted(outcome), "\(outcome)")
        let child = try rows("k")
        #expect(child.run.lineage == RunLineage(parentRunID: "p", rootRunID: "p", fromStage: "t2", depth: 1))
        #expect(child.run.state.liveKey == "p")
        #expect(child.run.sessionID == "s")
        let texts = child.tasks.map {
            "\($0.taskID) \($0.status) from \($0.reusedFrom?.description ?? "-") \($0.batch)"
        }
        #expect(texts.sorted() == ["t0 succeeded from p 1", "t1 succeeded from p 1"])
        let numbers = try connection.execute(
            "SELECT run_number || ' ' || retry_depth FROM flow_run_history ORDER BY run_number")
        #expect(numbers[0].map { $0.string(0) } == ["1 0", "2 1"])
        let outputs = try connection.execute(
            """
            SELECT count(*) FROM task_execution_history c JOIN task_execution_history p
            ON p.run_id = 'p' AND p.task_id = c.task_id AND p.output_data = c.output_data WHERE c.run_id = 'k'
            """)
        #expect(outputs[0].first?.int(0) == 2)
        let folded = try RunMachine(child, flow: Self.flow(3))
        #expect(folded.openTasks == 1)
        #expect(folded.slots.map(\.status) == [.succeeded, .succeeded, .pending])
        #expect(folded.slots[2].isOut)
    }

    @Test func `an override stands in the child's row`() throws {
        try addParent()
        let decision = try decide("k", of: rows("p"), from: "t2", lane: 1, overrides: #"{"t0":{"by":"hand"}}"#)
        try store.submit([fence(1)], decision)
        _ = store.outcome()
        let kept = try connection.execute(
            """
            SELECT t.output_data::text, r.config_snapshot->'overrides'->>'output_overrides'
            FROM task_execution_history t JOIN flow_run_history r USING (run_id)
            WHERE run_id = 'k' AND task_id = 't0'
            """)
        #expect(kept[0].first?.string(0) == #"{"by": "hand"}"#)
        #expect(kept[0].first?.string(1) == #"{"t0": {"by": "hand"}}"#)
    }

    @Test func `a parent that lives again, or has ended again since, refuses the child`() throws {
        try addParent()
        let read = try rows("p")
        try connection.execute("UPDATE flow_run_history SET control = '{\"endings\":2}' WHERE run_id = 'p'")
        try store.submit([fence(1)], decide("k", of: read, from: "t2", lane: 1))
        #expect(store.outcome() == .refused(.parentChanged))
        try connection.execute(
            """
            UPDATE flow_run_history SET status = 'running', completed_at = NULL, live_key = 'p',
                control = '{"endings":1}' WHERE run_id = 'p'
            """)
        try store.submit([fence(1)], decide("k", of: read, from: "t2", lane: 1))
        #expect(store.outcome() == .refused(.parentChanged))
        try connection.execute("DELETE FROM flow_run_history WHERE run_id = 'p'")
        try store.submit([fence(1)], decide("k", of: read, from: "t2", lane: 1))
        #expect(store.outcome() == .refused(.parentChanged))
        #expect(try store.load(["k"]).isEmpty)
    }

    @Test func `of a retry and another, or a redrive, at once exactly one wins, fifty times`() throws {
        let (one, two) = (Self.newStore(database), Self.newStore(database))
        _ = try store.take([0, 1], owner: "me")
        var wins: [String: Int] = [:]
        for round in 0..<50 {
            let (parent, batch) = ("p\(round)", Int64(round))
            try addParent(parent)
            let read = try rows(Identifier(parent))
            let first = try decide(Identifier("a\(round)"), of: read, from: "t2", lane: 0, batch: batch)
            let second =
                round % 2 == 0
                ? try decide(Identifier("b\(round)"), of: read, from: "t2", lane: 1, batch: batch) : redrive(read)
            // Sent on two connections before either is waited for: the server has both at once.
            let isFirst = round % 4 < 2
            try (isFirst ? one : two).submit([fence(isFirst ? 0 : 1, batch: batch)], isFirst ? first : second)
            try (isFirst ? two : one).submit([fence(isFirst ? 1 : 0, batch: batch)], isFirst ? second : first)
            let outcomes = [one.outcome(), two.outcome()]
            let won = outcomes.count { isCommitted($0) }
            #expect(won == 1, "round \(round): \(outcomes)")
            wins["\(outcomes.map { isCommitted($0) })", default: 0] += 1
            // Whoever was refused is fenced at the old batch: bring both to the next.
            try connection.execute("UPDATE lane_checkpoint SET batch = \(round + 1)")
            let live = try connection.execute(
                "SELECT count(*) FROM flow_run_history WHERE live_key = '\(parent)'")
            #expect(live[0].first?.int(0) == 1)
        }
        print("figure: who won of 50: \(wins)")
    }

    private func redrive(_ rows: RunRows) -> Decision {
        var decision = Decision()
        var state = rows.run.state
        state.status = .running
        (state.completedAt, state.liveKey) = (nil, rows.run.runID)
        state.updatedAt += 1
        decision.runStates.append(
            (runID: rows.run.runID, correlationID: rows.run.correlationID, createdAt: 0, state: state))
        return decision
    }

    @Test func `a parent of ten thousand tasks, and one of fifty megabytes`() throws {
        let clock = SystemLaneClock()
        try addParent("wide", tasks: 10_000)
        try connection.execute("ANALYZE")
        var began = clock.monotonic
        let wide = try rows("wide")
        let loaded = clock.monotonic
        let decision = try decide("wide-child", of: wide, from: "t9999", lane: 1)
        let decided = clock.monotonic
        try store.submit([fence(1)], decision)
        #expect(isCommitted(store.outcome()))
        let took = (clock.monotonic - began) / 1_000
        let parts = [loaded - began, decided - loaded, clock.monotonic - decided].map { $0 / 1_000 }
        print("figure: a retry of a run of 10,000 tasks, debug build: load, decide, commit \(parts) ms")
        #expect(took < 6_000, "\(took) ms")

        try addParent("big", tasks: 101, outputBytes: 500_000)
        began = clock.monotonic
        let big = try rows("big")
        try store.submit([fence(1, batch: 1)], decide("big-child", of: big, from: "t100", lane: 1, batch: 1))
        #expect(isCommitted(store.outcome()))
        print("figure: a retry that reuses 50 MB took \((clock.monotonic - began) / 1_000) ms")
        let same = try connection.execute(
            """
            SELECT count(*), sum(length(c.output_data::text)) FROM task_execution_history c
            JOIN task_execution_history p ON p.run_id = 'big' AND p.task_id = c.task_id
                AND md5(p.output_data::text) = md5(c.output_data::text) WHERE c.run_id = 'big-child'
            """)
        #expect(same[0].first?.int(0) == 100)
        #expect(same[0].first?.int(1) ?? 0 > 49_000_000)
    }

    @Test func `stages, trees and decisions are read by their keys`() throws {
        try addParent()
        try store.submit([fence(1)], decide("k", of: rows("p"), from: "t2", lane: 1))
        _ = store.outcome()
        try connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        let stages = try plan("SELECT task_id, output_data FROM task_execution_history WHERE run_id = ANY ('{k}')")
        #expect(stages.contains("task_execution_history_pkey"))
        let tree = try plan(
            PostgresStageReader.lineage.sql.replacing("$1", with: "'k'"))
        #expect(!tree.contains("Seq Scan"), "\(tree)")
        #expect(tree.contains("flow_run_history_tree"))
    }

    private func plan(_ sql: String) throws -> String {
        try connection.execute("EXPLAIN \(sql)")[0].compactMap { $0.string(0) }.joined(separator: "\n")
    }

    @Test func `a tree tells its retries, and what was kept of a deleted parent`() throws {
        try addParent()
        try store.submit([fence(1)], decide("k", of: rows("p"), from: "t2", lane: 1))
        _ = store.outcome()
        let reader = PostgresStageReader(PostgresAccess(database.settings))
        let tree = try reader.lineage(of: "k")
        #expect(tree.map(\.runID) == ["p", "k"])
        #expect(tree.map(\.number) == [1, 2])
        #expect(tree.last?.reused == 2)
        #expect(tree.last?.hasOtherInput == false)
        let made = try reader.decision(ofRequest: "k", run: "k")
        #expect(made == .made(detail: nil))
        let differences = try reader.differences(of: "k", to: "p")
        #expect(differences.map(\.taskID) == ["t0", "t1", "t2"])
        #expect(differences.map(\.reusedFrom) == ["p", "p", nil])
        try connection.execute("DELETE FROM flow_run_history WHERE run_id = 'p'")
        let left = try reader.lineage(of: "k")
        #expect(left.map(\.runID) == ["k"])
        #expect(left.first?.isParentKept == false)
        #expect(try rows("k").tasks.count == 2)
    }

    @Test func `one in line is due when nothing is before it`() throws {
        try addParent()
        let commit = { (batch: Int64, fill: (inout Decision) -> Void) in
            var decision = Decision()
            fill(&decision)
            try store.submit([fence(1, batch: batch)], decision)
            _ = store.outcome()
        }
        try connection.execute("UPDATE flow_run_history SET live_key = 'p' WHERE run_id = 'p'")
        try commit(0) {
            $0.pendingCommands = [
                PendingCommandRow(
                    lane: 1, runID: "k", requestID: Array("q".utf8)[...], message: JSONValue.emptyObject,
                    receivedAt: 5, waitsFor: "p")
            ]
        }
        let waiting = try store.pendingCommands([1], receivedBefore: 10, queuedBefore: 0, limit: 9)
        #expect(waiting.due.isEmpty && waiting.areLeft)
        let expired = try store.pendingCommands([1], receivedBefore: 10, queuedBefore: 10, limit: 9)
        #expect(expired.due.map(\.waitsFor) == ["p"])
        let reader = PostgresStageReader(PostgresAccess(database.settings))
        #expect(try reader.decision(ofRequest: "q", run: "k") == .standsInLine(parentRunID: "p"))
        #expect(try reader.queuedBehind("k") == "p")
        try connection.execute("UPDATE flow_run_history SET live_key = NULL")
        let due = try store.pendingCommands([1], receivedBefore: 0, queuedBefore: 0, limit: 9)
        #expect(due.due.map(\.runID) == ["k"])
    }
}
