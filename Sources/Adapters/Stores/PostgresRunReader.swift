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
            Self.wholeRun(row)
        }
    }

    public func runs(_ filter: RunFilter) throws(AccessFailure) -> [RunRecord] {
        var conditions = SQLConditions(filter)
        let place = conditions.place(.int8, .int8(filter.limit))
        let statement = PostgresStatement(
            "reader_runs_" + conditions.name, conditions.types,
            sql: """
                SELECT \(Self.runColumns), created_at FROM flow_run_history r WHERE \(conditions.sql)
                ORDER BY r.created_at DESC, r.run_id DESC LIMIT \(place)
                """)
        return try access.query(statement, conditions.parameters).map { row in
            var run = Self.run(row)
            run.createdTime = row.unixMicroseconds(18) ?? 0
            return run
        }
    }

    public func tasks(of runID: String) throws(AccessFailure) -> [TaskRecord] {
        try access.query(Self.tasks, [.string(runID)]).map(Self.task)
    }

    public func requested(_ runID: String) throws(AccessFailure) -> RequestedRun? {
        try access.query(Self.requested, [.string(runID)]).first.map { row in
            RequestedRun(
                runID: runID, flowID: row.string(0) ?? "", tenantID: row.string(1) ?? "", at: row.string(2) ?? "")
        }
    }

    public func payloads(
        of runID: String, tasks: [String], bytes: Int
    ) throws(AccessFailure) -> [(input: Bytes?, output: Bytes?)] {
        let names = PostgresArrayBuilder(.text)
        for task in tasks { names.append(task) }
        return try access.query(Self.payloads, [.string(runID), .array(names), .int8(bytes)]).map { row in
            (row.bytes(0)?[...], row.bytes(1)?[...])
        }
    }

    public func events(
        of runID: String, after place: RunEvent.Place?, limit: Int
    ) throws(AccessFailure) -> [RunEvent] {
        let parameters: [PostgresParameter] = [
            .string(runID), place.map { .int8(Int($0.at)) } ?? .null, .int8(place?.rank ?? 0),
            .string(place?.taskID ?? ""), .int8(place?.attempt ?? 0), .int8(limit),
        ]
        return try access.query(Self.events, parameters).map { row in
            var event = RunEvent()
            event.place = RunEvent.Place(
                at: row.unixMicroseconds(0) ?? 0, rank: row.int(7) ?? 0, taskID: row.string(3) ?? "",
                attempt: row.int(4) ?? -1)
            event.at = row.string(1)
            event.type = row.string(2) ?? ""
            event.taskID = row.string(3)
            event.attempt = row.int(4)
            event.actor = row.string(5)
            event.detail = row.string(6)
            return event
        }
    }

    public func definition(sha256: String) throws(AccessFailure) -> Bytes? {
        try access.query(Self.definition, [.string(sha256)]).first?.bytes(0)?[...]
    }
}

extension PostgresRunReader {
    static func run(_ row: PostgresRow) -> RunRecord {
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

    /// With payloads and what holds it back.
    static func wholeRun(_ row: PostgresRow) -> RunRecord {
        var run = Self.run(row)
        run.input = row.bytes(18)?[...]
        run.output = row.bytes(19)?[...]
        run.waiting = row.string(20)
        run.pausedAt = row.string(21)
        (run.pausedBy, run.pauseReason) = (row.string(22), row.string(23))
        (run.cancelledBy, run.cancelReason) = (row.string(24), row.string(25))
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
        task.waiting = row.string(12)
        (task.heldSince, task.heldUntil) = (row.string(13), row.string(14))
        task.reusedFrom = row.string(15)
        task.isRetryDue = row.bool(16) ?? false
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
        sql: "SELECT \(wholeColumns) FROM flow_run_history r WHERE run_id = $1")

    static let wholeColumns = """
        \(runColumns), input_data, output_data, (
            SELECT string_agg(DISTINCT \(breakerWords), '; ')
            FROM task_retries p JOIN handler_breakers b USING (handler, tenant_id)
            WHERE p.run_id = r.run_id AND p.parked AND b.state <> 'closed'),
            CASE WHEN status = 'paused' THEN \(rfc3339(pauseTime)) END,
            control->'pauses'->-1->>'actor', control->'pauses'->-1->>'reason', control->>'cancel_actor',
            control->>'cancel_reason'
        """

    private static let pauseTime = "to_timestamp((control->'pauses'->-1->>'at_us')::numeric / 1000000)"

    /// A retry that is parked waits for its handler, however early it is due.
    private static let breakerWords = """
        format('the circuit breaker of %s is %s since %s: %s', b.handler, b.state, \(rfc3339("b.opened_at")), b.reason)
        """

    private static let tasks = PostgresStatement(
        "reader_tasks", [.text],
        sql: """
            SELECT task_id, handler, status, attempts, error_message, error_class, worker_id, execution_time_ms,
                   stage_order, \(rfc3339("started_at")), \(rfc3339("completed_at")), \(rfc3339("next_retry_at")),
                   CASE WHEN status = 'retrying' THEN (
                       SELECT \(breakerWords) FROM task_retries p JOIN handler_breakers b USING (handler, tenant_id)
                       WHERE p.run_id = t.run_id AND p.task_id = t.task_id AND p.parked AND b.state <> 'closed'
                       LIMIT 1) END,
                   \(rfc3339("held_since")), \(rfc3339("held_until")), reused_from, next_retry_at <= now()
            FROM task_execution_history t WHERE run_id = $1 ORDER BY stage_order, task_id
            """)

    /// The sizes are those on the disk, which are known without reading what they measure.
    private static let payloads = PostgresStatement(
        "reader_payloads", [.text, .array(.text), .int8],
        sql: """
            SELECT input_data, output_data FROM (
                SELECT n.place, t.input_data, t.output_data, sum(
                    coalesce(pg_column_size(t.input_data), 0) + coalesce(pg_column_size(t.output_data), 0)
                ) OVER (ORDER BY n.place) AS reached
                FROM unnest($2) WITH ORDINALITY AS n (task_id, place)
                LEFT JOIN task_execution_history t ON t.run_id = $1 AND t.task_id = n.task_id
            ) p WHERE reached <= $3 OR place = 1 ORDER BY place
            """)

    private static let requested = PostgresStatement(
        "reader_requested", [.text],
        sql: """
            SELECT detail, coalesce(tenant_id, 'default'), \(rfc3339("at")) FROM audit_log a
            WHERE run_id = $1 AND action = 'run_start' AND outcome = 'done' AND \(PostgresRunLooks.mayBeTaken)
            ORDER BY id LIMIT 1
            """)

    /// Attempts that ended a task are its end; those before it stand for themselves.
    private static let events = PostgresStatement(
        "reader_events", [.text, .int8, .int8, .text, .int8, .int8],
        sql: """
            SELECT placed, \(rfc3339("at")), type, task_id, attempt, actor, detail, rank FROM (
                SELECT coalesce(at, timestamptz '9999-01-01') AS placed, e.*
                FROM (
                    SELECT created_at AS at, 0 AS rank, 'run.created' AS type, NULL::text AS task_id,
                           NULL::int AS attempt, NULL::text AS actor, NULL::text AS detail
                    FROM flow_run_history WHERE run_id = $1
                    UNION ALL
                    SELECT at, 1, 'command.' || action || CASE outcome WHEN 'done' THEN '' ELSE '.refused' END, NULL,
                           NULL, actor, CASE WHEN outcome = 'done' THEN reason ELSE detail END
                    FROM audit_log WHERE run_id = $1 AND action <> 'run_start'
                    UNION ALL
                    SELECT coalesce(finished_at, started_at), 2, 'attempt.' || status, task_id, attempt, NULL, error
                    FROM task_attempts WHERE run_id = $1
                    UNION ALL
                    SELECT completed_at, 3, 'task.' || status, task_id, greatest(attempts - 1, 0), NULL, error_message
                    FROM task_execution_history WHERE run_id = $1 AND completed_at IS NOT NULL
                    UNION ALL
                    SELECT completed_at, 4, 'run.' || status, NULL, NULL, NULL, error_message
                    FROM flow_run_history WHERE run_id = $1 AND completed_at IS NOT NULL
                ) e
            ) p
            WHERE $2 IS NULL OR (placed, rank, coalesce(task_id, ''), coalesce(attempt, -1))
                > (timestamptz 'epoch' + $2 * interval '1 microsecond', $3, $4, $5)
            ORDER BY placed, rank, coalesce(task_id, ''), coalesce(attempt, -1) LIMIT $6
            """)

    private static let definition = PostgresStatement(
        "reader_definition", [.text], sql: "SELECT definition FROM flow_definitions WHERE sha256 = $1")
}
