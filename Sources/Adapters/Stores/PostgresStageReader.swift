public import JSON
internal import Postgres
public import Workflow

/// What stage retries are made from and what came of them, from the rows.
public final class PostgresStageReader: StageReading {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func rows(of runID: String) throws(AccessFailure) -> RunRows? {
        let id = PostgresParameter.array(.texts([Identifier(runID)]))
        guard let run = try access.query(SQL.loadRuns, [id]).first.flatMap({ RunRow($0) }) else { return nil }
        return RunRows(run: run, tasks: try access.query(SQL.loadTasks, [id]).compactMap { StoredTask($0) })
    }

    public func liveRetry(of runID: String) throws(AccessFailure) -> String? {
        try access.query(SQL.liveRetries, [.array(.texts([Identifier(runID)]))]).first?.string(1)
    }

    public func definition(sha256: String) throws(AccessFailure) -> Bytes? {
        try access.query(Self.definition, [.string(sha256)]).first?.bytes(0)?[...]
    }

    public func decision(ofRequest requestID: String, run runID: String) throws(AccessFailure) -> StageDecision? {
        guard let row = try access.query(Self.decision, [.string(requestID), .string(runID)]).first else { return nil }
        switch row.string(0) {
        case "done": return .made(detail: row.string(1))
        case "refused":
            return .refused(code: row.string(2).flatMap(StageRefusal.Code.init), detail: row.string(1) ?? "")
        default: return .standsInLine(parentRunID: row.string(1) ?? "")
        }
    }

    public func queuedBehind(_ runID: String) throws(AccessFailure) -> String? {
        try access.query(Self.queued, [.string(runID)]).first?.string(0)
    }

    public func lineage(of runID: String) throws(AccessFailure) -> [LineageEntry] {
        try access.query(Self.lineage, [.string(runID)]).map(Self.entry)
    }

    public func differences(of runID: String, to parentRunID: String) throws(AccessFailure) -> [StageDifference] {
        try access.query(Self.differences, [.string(runID), .string(parentRunID)]).map { row in
            var difference = StageDifference()
            difference.taskID = row.string(0) ?? ""
            (difference.status, difference.parentStatus) = (row.string(1), row.string(2))
            difference.reusedFrom = row.string(3)
            difference.hasOtherInput = row.bool(4) ?? false
            difference.hasOtherOutput = row.bool(5) ?? false
            (difference.milliseconds, difference.parentMilliseconds) = (row.int(6), row.int(7))
            return difference
        }
    }

    private static func entry(_ row: PostgresRow) -> LineageEntry {
        var entry = LineageEntry()
        entry.runID = row.string(0) ?? ""
        entry.parentRunID = row.string(1)
        entry.rootRunID = row.string(2) ?? ""
        entry.fromStage = row.string(3)
        (entry.depth, entry.number) = (row.int(4) ?? 0, row.int(5) ?? 1)
        entry.status = row.string(6) ?? ""
        entry.isDegraded = row.bool(7) ?? false
        entry.error = row.string(8)
        (entry.createdAt, entry.completedAt) = (row.string(9) ?? "", row.string(10))
        entry.milliseconds = row.int(11)
        (entry.reused, entry.executed) = (row.int(12) ?? 0, row.int(13) ?? 0)
        (entry.hasOtherInput, entry.hasOtherOutput) = (row.bool(14), row.bool(15))
        entry.hasOtherDefinition = row.bool(16)
        entry.isParentKept = row.bool(17) ?? true
        return entry
    }
}

extension PostgresStageReader {
    private static let definition = PostgresStatement(
        "stage_definition", [.text], sql: "SELECT definition FROM flow_definitions WHERE sha256 = $1")

    /// The run itself counts: an audit row may be swept before it.
    private static let decision = PostgresStatement(
        "stage_decision", [.text, .text],
        sql: """
            SELECT outcome, detail, code FROM audit_log
            WHERE request_id = $1 AND coalesce(run_id, '') = $2 AND action = 'flow_run_requested'
            UNION ALL
            SELECT 'done', NULL, NULL FROM flow_run_history WHERE run_id = $2 AND parent_run_id IS NOT NULL
            UNION ALL
            SELECT 'queued', waits_for, NULL FROM pending_commands
            WHERE run_id = $2 AND request_id = $1 AND waits_for IS NOT NULL
            LIMIT 1
            """)

    private static let queued = PostgresStatement(
        "stage_queued", [.text],
        sql: "SELECT waits_for FROM pending_commands WHERE run_id = $1 AND waits_for IS NOT NULL LIMIT 1")

    static let lineage = PostgresStatement(
        "stage_lineage", [.text],
        sql: """
            WITH own AS (SELECT coalesce(root_run_id, run_id) AS root FROM flow_run_history WHERE run_id = $1),
            tree AS (
                SELECT r.* FROM own JOIN flow_run_history r ON r.run_id = own.root
                UNION ALL
                SELECT r.* FROM own JOIN flow_run_history r
                    ON r.root_run_id = own.root AND r.parent_run_id IS NOT NULL)
            SELECT t.run_id, t.parent_run_id, t.root_run_id, t.retry_from_stage, t.retry_depth, t.run_number, t.status,
                   t.degraded, t.error_message, \(rfc3339("t.created_at")), \(rfc3339("t.completed_at")),
                   (extract(epoch FROM t.completed_at - t.created_at) * 1000)::bigint,
                   n.reused, n.executed,
                   CASE WHEN p.run_id IS NOT NULL THEN t.input_data IS DISTINCT FROM p.input_data END,
                   CASE WHEN p.run_id IS NOT NULL THEN t.output_data IS DISTINCT FROM p.output_data END,
                   CASE WHEN p.run_id IS NOT NULL THEN
                       t.config_snapshot->>'definition_sha256' IS DISTINCT FROM p.config_snapshot->>'definition_sha256'
                   END,
                   t.parent_run_id IS NULL OR p.run_id IS NOT NULL
            FROM tree t LEFT JOIN flow_run_history p ON p.run_id = t.parent_run_id
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE e.reused_from IS NOT NULL) AS reused,
                       count(*) FILTER (WHERE e.reused_from IS NULL AND e.attempts > 0) AS executed
                FROM task_execution_history e WHERE e.run_id = t.run_id) n
            ORDER BY t.run_number, t.created_at, t.run_id
            """)

    private static let differences = PostgresStatement(
        "stage_differences", [.text, .text],
        sql: """
            SELECT coalesce(c.task_id, p.task_id), c.status, p.status, c.reused_from,
                   c.run_id IS NOT NULL AND p.run_id IS NOT NULL AND c.input_data IS DISTINCT FROM p.input_data,
                   c.run_id IS NOT NULL AND p.run_id IS NOT NULL AND c.output_data IS DISTINCT FROM p.output_data,
                   c.execution_time_ms, p.execution_time_ms
            FROM (SELECT * FROM task_execution_history WHERE run_id = $1) c
            FULL JOIN (SELECT * FROM task_execution_history WHERE run_id = $2) p ON p.task_id = c.task_id
            ORDER BY coalesce(c.stage_order, p.stage_order), 1
            """)
}
