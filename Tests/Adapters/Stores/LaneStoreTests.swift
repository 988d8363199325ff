import Platform
import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// What lanes ask of Postgres, on a real one.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct LaneStoreTests {
    private let database: ScratchDatabase
    private let connection: PostgresConnection
    private let store: PostgresLaneStore
    private let lane: LaneFence

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
        store = PostgresLaneStore(
            settings: database.settings, registry: nil, topics: TopicNames(prefix: ""), clock: SystemLaneClock())
        let position = LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)
        try store.create(lane: 0, at: position, installation: "here")
        _ = try store.take([0], owner: "me")
        lane = LaneFence(lane: 0, owner: "me", batch: 0, emitted: 0, position: position, touched: [])
    }

    private func commit(batch: Int64, emitted: Int64 = 0, _ fill: (inout Decision) -> Void) throws {
        var decision = Decision()
        fill(&decision)
        var fence = lane
        (fence.batch, fence.emitted) = (batch, emitted)
        try store.submit([fence], decision)
        guard case .committed = store.outcome() else {
            Issue.record("the turn was refused")
            return
        }
    }

    private func pause(_ run: Identifier, _ request: String) -> RunCommand {
        RunCommand(action: .pause, runID: run, requestID: Array(request.utf8)[...])
    }

    @Test func `the same request id on two runs has an answer for each`() throws {
        try commit(batch: 0) {
            $0.audits = [
                AuditRow(pause("a", "same"), refusal: nil, at: 1),
                AuditRow(pause("b", "same"), refusal: CommandRefusal(.notEnded, "it is paused"), at: 1),
            ]
        }
        try commit(batch: 1) { $0.audits = [AuditRow(pause("a", "same"), refusal: "again", at: 2)] }
        var filter = AuditFilter()
        filter.requestID = "same"
        let entries = try PostgresAuditReader(PostgresAccess(database.settings)).entries(filter)
            .sorted { ($0.runID ?? "") < ($1.runID ?? "") }
        #expect(entries.map(\.runID) == ["a", "b"])
        #expect(entries.map(\.outcome) == ["done", "refused"])
        #expect(entries.last?.detail == "it is paused")
    }

    @Test func `commands come when their run exists or their time is up, and the others hold up nothing`() throws {
        try commit(batch: 0) { decision in
            for number in 0..<20 { decision.pendingCommands.append(waiting(Identifier("u\(number)"), at: 5_000_000)) }
            decision.pendingCommands.append(waiting("known", at: 5_000_000))
            decision.pendingCommands.append(waiting("old", at: 1))
        }
        try connection.execute(
            """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, status, created_at,
                updated_at, session_id, lane, batch, config_snapshot)
            VALUES ('known', 'f', 't', 'u', 'c', 'running', now(), now(), 's', 0, 1, '{}')
            """)
        let found = try store.pendingCommands([0], receivedBefore: 2_000_000, queuedBefore: 0, limit: 2)
        #expect(found.due.map(\.runID) == ["known", "old"])
        #expect(found.areLeft)
        #expect(try store.waitingRuns(of: ["u3", "nobody"]) == ["u3"])
    }

    private func waiting(_ run: Identifier, at time: Microseconds) -> PendingCommandRow {
        let command = pause(run, "r")
        return PendingCommandRow(
            lane: 0, runID: run, requestID: command.requestID, message: command.message, receivedAt: time)
    }

    @Test func `what is out can be noted while the next batch is not, and only that batch's rows are published again`()
        throws
    {
        for batch in 0..<3 { try commit(batch: Int64(batch), emitted: Int64(batch)) { $0.outbox = [letter(batch)] } }
        #expect(try store.outbox(of: 0, batch: 3).map(\.value) == [letter(2).value])
        var token = lane
        token.batch = 2
        try store.noteEmitted([token], forgetTakes: true)
        let left = try connection.execute("SELECT count(*) FROM lane_outbox")[0][0].int(0)
        let row = try connection.execute("SELECT emitted, takes, batch FROM lane_checkpoint")[0][0]
        #expect(left == 1)
        #expect(row.int(0) == 2 && row.int(1) == 0 && row.int(2) == 3)
    }

    private func letter(_ number: Int) -> OutboxRow {
        OutboxRow(lane: 0, topic: .deadLetters, partition: nil, key: nil, value: Array("{\"n\":\(number)}".utf8)[...])
    }
}
