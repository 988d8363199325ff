public import JSON
internal import Postgres
public import Workflow

/// Runs and tasks as Postgres holds them.
public final class PostgresRunReader: RunReading {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) {
        self.access = access
    }

    public func run(_ runID: String) throws(AccessFailure) -> RunRecord? {
        try access.query(Self.oneRun, [.string(runID)]).first.map { row in
            var run = Self.run(row)
            run.input = row.bytes(18)?[...]
            run.output = row.bytes(19)?[...]
            run.waiting = row.string(20)
            run.pausedAt = row.string(21)
            return run
        }
    }

    public func runs(_ filter: RunFilter) throws(AccessFailure) -> [RunRecord] {
        let conditions = [filter.flowID, filter.sessionID, filter.tenantID, filter.status]
        let parameters = conditions.map { $0.map(PostgresParameter.string) ?? .null }
        // A session has an index; a plan that serves every filter could not use it.
        let statement = filter.sessionID == nil ? Self.someRuns : Self.sessionRuns
        return try access.query(statement, parameters + [.int8(filter.limit)]).map(Self.run)
    }

    public func tasks(of runID: String, withPayloads: Bool) throws(AccessFailure) -> [TaskRecord] {
        try access.query(Self.tasks, [.string(runID), .bool(withPayloads)]).map(Self.task)
    }

    public func definition(sha256: String) throws(AccessFailure) -> Bytes? {
        try access.query(Self.definition, [.string(sha256)]).first?.bytes(0)?[...]
    }

    public func outcome(ofRequest requestID: String, run runID: String) throws(AccessFailure) -> CommandOutcome? {
        try access.query(Self.outcome, [.string(requestID), .string(runID)]).first.map { row in
            CommandOutcome(isDone: row.string(0) == "done", detail: row.string(1), action: row.string(2))
        }
    }
}

extension PostgresRunReader {
    private static func run(_ row: PostgresRow) -> RunRecord {
        var run = RunRecord()
        run.runID = row.string(0) ?? ""
        run.flowID = row.string(1) ?? ""
        run.flowVersion = row.int(2)
        run.status = row.string(3) ?? ""
        run.isDegraded = row.bool(4) ?? false
        run.error = row.string(5)
        run.sessionID = row.string(6) ?? ""
        run.tenantID = row.string(7) ?? ""
        run.userID = row.string(8) ?? ""
        run.correlationID = row.string(9) ?? ""
        run.lane = row.int(10) ?? 0
        run.labels = row.bytes(11)?[...]
        run.parentRunID = row.string(12)
        run.retryFromStage = row.string(13)
        run.definitionSHA256 = row.string(14)
        run.createdAt = row.string(15) ?? ""
        run.updatedAt = row.string(16) ?? ""
        run.completedAt = row.string(17)
        return run
    }

    private static func task(_ row: PostgresRow) -> TaskRecord {
        var task = TaskRecord()
        task.taskID = row.string(0) ?? ""
        task.handler = row.string(1) ?? ""
        task.status = row.string(2) ?? ""
        task.attempts = row.int(3) ?? 0
        task.error = row.string(4)
        task.errorClass = row.string(5)
        task.workerID = row.string(6)
        task.executionMilliseconds = row.int(7)
        task.stageOrder = row.int(8) ?? 0
        task.startedAt = row.string(9)
        task.completedAt = row.string(10)
        task.nextRetryAt = row.string(11)
        task.input = row.bytes(12)?[...]
        task.output = row.bytes(13)?[...]
        task.waiting = row.string(14)
        return task
    }
}

extension PostgresRunReader {
    private static let runColumns = """
        run_id, flow_id, flow_version, status, degraded, error_message, session_id, tenant_id, user_id,
        correlation_id, lane, labels, parent_run_id, retry_from_stage, config_snapshot->>'definition_sha256',
        \(rfc3339("created_at")), \(rfc3339("updated_at")), \(rfc3339("completed_at"))
        """

    private static let oneRun = PostgresStatement(
        "reader_one_run", [.text],
        sql: """
            SELECT \(runColumns), input_data, output_data, (
                SELECT string_agg(DISTINCT \(breakerWords), '; ')
                FROM task_retries p JOIN handler_breakers b USING (handler, tenant_id)
                WHERE p.run_id = r.run_id AND p.parked AND b.state <> 'closed'),
                CASE WHEN status = 'paused' THEN \(rfc3339(pauseTime)) END
            FROM flow_run_history r WHERE run_id = $1
            """)

    private static let pauseTime = "to_timestamp((control->'pauses'->-1->>'at_us')::numeric / 1000000)"

    /// A retry that is parked waits for its handler, however early it is due.
    private static let breakerWords = """
        format('the circuit breaker of %s is %s since %s: %s', b.handler, b.state, \(rfc3339("b.opened_at")), b.reason)
        """

    private static let someRuns = PostgresStatement(
        "reader_some_runs", [.text, .text, .text, .text, .int8],
        sql: """
            SELECT \(runColumns) FROM flow_run_history
            WHERE ($1 IS NULL OR flow_id = $1) AND ($2 IS NULL OR session_id = $2)
              AND ($3 IS NULL OR tenant_id = $3) AND ($4 IS NULL OR status = $4)
            ORDER BY created_at DESC, run_id LIMIT $5
            """)

    private static let sessionRuns = PostgresStatement(
        "reader_session_runs", [.text, .text, .text, .text, .int8],
        sql: """
            SELECT \(runColumns) FROM flow_run_history
            WHERE session_id = $2 AND ($1 IS NULL OR flow_id = $1)
              AND ($3 IS NULL OR tenant_id = $3) AND ($4 IS NULL OR status = $4)
            ORDER BY created_at DESC, run_id LIMIT $5
            """)

    private static let tasks = PostgresStatement(
        "reader_tasks", [.text, .bool],
        sql: """
            SELECT task_id, handler, status, attempts, error_message, error_class, worker_id, execution_time_ms,
                   stage_order, \(rfc3339("started_at")), \(rfc3339("completed_at")), \(rfc3339("next_retry_at")),
                   CASE WHEN $2 THEN input_data END, CASE WHEN $2 THEN output_data END,
                   CASE WHEN status = 'retrying' THEN (
                       SELECT \(breakerWords) FROM task_retries p JOIN handler_breakers b USING (handler, tenant_id)
                       WHERE p.run_id = t.run_id AND p.task_id = t.task_id AND p.parked AND b.state <> 'closed'
                       LIMIT 1) END
            FROM task_execution_history t WHERE run_id = $1 ORDER BY stage_order, task_id
            """)

    private static let definition = PostgresStatement(
        "reader_definition", [.text], sql: "SELECT definition FROM flow_definitions WHERE sha256 = $1")

    private static let outcome = PostgresStatement(
        "reader_outcome", [.text, .text],
        sql: "SELECT outcome, detail, action FROM audit_log WHERE request_id = $1 AND coalesce(run_id, '') = $2")
}
