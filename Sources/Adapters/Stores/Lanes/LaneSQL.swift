import Postgres

/// Every statement of the lane store, by hand.
enum SQL {
    static let installation = PostgresStatement("installation", sql: "SELECT id FROM installation")

    static let take = PostgresStatement(
        "lane_take", [.array(.int4), .text],
        sql: """
            UPDATE lane_checkpoint SET epoch = epoch + 1, takes = takes + 1, owner = $2, backend = pg_backend_pid()
            WHERE lane = ANY ($1)
            RETURNING lane, epoch, batch, emitted, takes, trying, offsets, touched, installation, updated_at,
                      clock_timestamp(), looked_until
            """)
    static let endOwners = PostgresStatement(
        "lane_end_owners", [.array(.int4)],
        sql: """
            SELECT pg_terminate_backend(backend) FROM lane_checkpoint
            WHERE lane = ANY ($1) AND backend <> pg_backend_pid() AND EXISTS (
                SELECT 1 FROM pg_stat_activity a
                WHERE a.pid = backend AND a.application_name LIKE 'flowfleet%')
            """)
    static let create = PostgresStatement(
        "lane_create", [.int4, .jsonb, .text],
        sql: """
            INSERT INTO lane_checkpoint (lane, epoch, owner, backend, batch, emitted, takes, offsets, installation)
            VALUES ($1, 0, '', 0, 0, 0, 0, $2, $3) ON CONFLICT (lane) DO NOTHING
            """)
    static let readBack = PostgresStatement(
        "lane_read_back", [.array(.int4)],
        sql: """
            SELECT lane, owner, batch, clock_timestamp() FROM lane_checkpoint
            WHERE lane = ANY ($1) ORDER BY lane FOR UPDATE
            """)
    static let noteEmitted = PostgresStatement(
        "lane_note_emitted", [.array(.int4), .array(.text), .array(.int8), .bool],
        sql: """
            UPDATE lane_checkpoint c
            SET emitted = greatest(c.emitted, t.batch), takes = CASE WHEN $4 THEN 0 ELSE takes END,
                trying = CASE WHEN $4 THEN NULL ELSE trying END
            FROM unnest($1, $2, $3) AS t(lane, owner, batch)
            WHERE c.lane = t.lane AND c.owner = t.owner AND c.batch >= t.batch
            """)
    static let dropOutbox = PostgresStatement(
        "lane_drop_outbox", [.array(.int4), .array(.text), .array(.int8)],
        sql: """
            DELETE FROM lane_outbox o USING unnest($1, $2, $3) AS t(lane, owner, batch), lane_checkpoint c
            WHERE o.lane = t.lane AND o.batch <= t.batch AND c.lane = t.lane AND c.owner = t.owner
            """)
    static let held = PostgresStatement(
        "lane_held", [.array(.int4), .array(.text)],
        sql: """
            SELECT c.lane FROM lane_checkpoint c, unnest($1, $2) AS t(lane, owner)
            WHERE c.lane = t.lane AND c.owner = t.owner
            """)
    static let noteTrying = PostgresStatement(
        "lane_note_trying", [.int4, .text, .jsonb],
        sql: "UPDATE lane_checkpoint SET trying = $3 WHERE lane = $1 AND owner = $2")
    static let moveGap = PostgresStatement(
        "lane_move_gap", [.int4, .text, .text, .int8, .int8],
        sql: """
            WITH moved AS (
                UPDATE lane_checkpoint SET offsets = jsonb_set(offsets, ARRAY[$3], to_jsonb($5))
                WHERE lane = $1 AND owner = $2 RETURNING lane)
            INSERT INTO lane_gaps (lane, topic, expected, continued_at) SELECT lane, $3, $4, $5 FROM moved
            """)

    static let fence = PostgresStatement(
        "lane_fence",
        [.array(.int4), .array(.text), .array(.int8), .array(.jsonb), .array(.int8), .array(.text)],
        sql: "SELECT lane_fence($1, $2, $3, $4, $5, $6)")

    static let insertRuns = PostgresStatement(
        "run_insert", TurnColumns.runTypes,
        sql: """
            INSERT INTO flow_run_history (run_id, flow_id, tenant_id, user_id, correlation_id, session_id, input_data,
                execution_context, labels, flow_version, config_snapshot, lane, batch, created_at, root_run_id,
                status, output_data, error_message, degraded, updated_at, completed_at, next_check_at, control)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                $20, $21, $22, $23)
            """)
    static let updateRuns = PostgresStatement(
        "run_update",
        [
            .array(.text), .array(.text), .array(.jsonb), .array(.text), .array(.bool), .array(.timestamptz),
            .array(.timestamptz), .array(.timestamptz), .array(.jsonb), .array(.text),
        ],
        sql: """
            UPDATE flow_run_history r
            SET status = t.status, output_data = t.output, error_message = t.error, degraded = t.degraded,
                updated_at = t.updated, completed_at = t.completed, control = t.control, live_key = t.live_key,
                next_check_at = CASE WHEN t.completed IS NULL THEN t.check_at ELSE r.next_check_at END
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                AS t(run_id, status, output, error, degraded, updated, completed, check_at, control, live_key)
            WHERE r.run_id = t.run_id
            """)
    private static let taskColumns = """
        run_id, task_id, handler, status, attempts, input_data, output_data, error_message, error_class,
        execution_time_ms, created_at, updated_at, completed_at, batch, worker_id, started_at, stage_order,
        next_retry_at, held_until, attempt_base, held_since, next
        """
    private static let taskArrays = (1...22).map { "$\($0)" }.joined(separator: ", ")
    static let insertTasks = PostgresStatement(
        "task_insert", TurnColumns.taskTypes,
        sql: "INSERT INTO task_execution_history (\(taskColumns)) SELECT * FROM unnest(\(taskArrays))")
    static let updateTasks = PostgresStatement(
        "task_update", TurnColumns.taskTypes,
        sql: """
            UPDATE task_execution_history r
            SET status = t.status, attempts = t.attempts, output_data = t.output_data,
                input_data = CASE WHEN r.input_data IS NULL THEN t.input_data ELSE r.input_data END,
                created_at = t.created_at, held_since = t.held_since,
                error_message = t.error_message, error_class = t.error_class,
                execution_time_ms = t.execution_time_ms, updated_at = t.updated_at, completed_at = t.completed_at,
                batch = t.batch, worker_id = t.worker_id, started_at = t.started_at,
                next_retry_at = t.next_retry_at, held_until = t.held_until, attempt_base = t.attempt_base,
                next = t.next, reused_from = NULL
            FROM unnest(\(taskArrays)) AS t(\(taskColumns))
            WHERE r.run_id = t.run_id AND r.task_id = t.task_id
            """)
    static let insertAttempts = PostgresStatement(
        "attempt_insert",
        [
            .array(.text), .array(.text), .array(.int4), .array(.int8), .array(.text), .array(.text), .array(.text),
            .array(.text), .array(.text), .array(.timestamptz), .array(.timestamptz), .array(.int8),
        ],
        sql: """
            INSERT INTO task_attempts (run_id, task_id, attempt, batch, status, error, error_class, error_type,
                worker_id, started_at, finished_at, execution_time_ms)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (run_id, task_id, attempt) DO UPDATE
            SET batch = EXCLUDED.batch, status = EXCLUDED.status, error = EXCLUDED.error,
                error_class = EXCLUDED.error_class, error_type = EXCLUDED.error_type, worker_id = EXCLUDED.worker_id,
                started_at = EXCLUDED.started_at, finished_at = EXCLUDED.finished_at,
                execution_time_ms = EXCLUDED.execution_time_ms
            """)
    static let insertRetries = PostgresStatement(
        "retry_insert",
        [
            .array(.text), .array(.text), .array(.int4), .array(.int8), .array(.jsonb), .array(.bool), .array(.text),
            .array(.text),
        ],
        sql: """
            INSERT INTO task_retries (run_id, task_id, attempt, due_at, message, pool, traceparent)
            SELECT run_id, task_id, attempt,
                   CASE WHEN parked THEN 'infinity' ELSE now() + delay * interval '1 microsecond' END, message,
                   pool, traceparent
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                AS t(run_id, task_id, attempt, delay, message, parked, pool, traceparent)
            ON CONFLICT (run_id, task_id, attempt) DO UPDATE
            SET due_at = EXCLUDED.due_at, claimed_until = NULL, message = EXCLUDED.message
            """)
    static let dropRetries = PostgresStatement(
        "retry_drop", [.array(.text), .array(.text)],
        sql: """
            DELETE FROM task_retries r USING unnest($1, $2) AS t(run_id, task_id)
            WHERE r.run_id = t.run_id AND r.task_id = t.task_id
            """)
    static let parkRetries = PostgresStatement(
        "retry_park", [.array(.text), .array(.bool)],
        sql: """
            UPDATE task_retries r
            SET due_at = CASE WHEN t.parked THEN 'infinity' ELSE coalesce(h.next_retry_at, now()) END
            FROM unnest($1, $2) AS t(run_id, parked), task_execution_history h
            WHERE r.run_id = t.run_id AND h.run_id = r.run_id AND h.task_id = r.task_id
            """)
    static let insertDefinitions = PostgresStatement(
        "definition_insert", [.array(.text), .array(.text)],
        sql: """
            INSERT INTO flow_definitions (sha256, definition) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING
            """)
    static let insertOutbox = PostgresStatement(
        "outbox_insert",
        [.array(.int4), .array(.int8), .array(.int4), .array(.text), .array(.int4), .array(.bytea), .array(.bytea)],
        sql: """
            INSERT INTO lane_outbox (lane, batch, seq, topic, partition, key, value)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
            """)
    static let insertCommands = PostgresStatement(
        "command_insert",
        [.array(.int4), .array(.text), .array(.text), .array(.jsonb), .array(.timestamptz), .array(.text)],
        sql: """
            INSERT INTO pending_commands (lane, run_id, request_id, message, received_at, waits_for)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6) ON CONFLICT (run_id, request_id) DO NOTHING
            """)
    static let dropCommands = PostgresStatement(
        "command_drop", [.array(.int8)], sql: "DELETE FROM pending_commands WHERE id = ANY ($1)")
    static let insertAudits = PostgresStatement(
        "audit_insert",
        [
            .array(.text), .array(.text), .array(.text), .array(.text), .array(.text), .array(.text), .array(.text),
            .array(.timestamptz), .array(.text),
        ],
        sql: """
            INSERT INTO audit_log (request_id, action, run_id, actor, reason, outcome, detail, at, code)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (request_id, coalesce(run_id, '')) DO NOTHING
            """)

    /// Only commands of lanes: people note other things under request ids of theirs.
    static let answered = PostgresStatement(
        "audit_answered", [.array(.text), .array(.text)],
        sql: """
            SELECT a.request_id, a.run_id FROM unnest($1, $2) AS t(request_id, run_id)
            JOIN audit_log a ON a.request_id = t.request_id AND coalesce(a.run_id, '') = t.run_id
            WHERE a.action LIKE '%\\_requested'
            """)

    static let loadRuns = PostgresStatement(
        "run_load", [.array(.text)],
        sql: """
            SELECT run_id, flow_id, tenant_id, user_id, correlation_id, session_id,
                   coalesce(input_data, config_snapshot->'initial_state'->'input'), execution_context,
                   labels, flow_version, config_snapshot->>'definition_sha256', lane, batch, created_at, status,
                   output_data, error_message, degraded, updated_at, completed_at, next_check_at, control, live_key,
                   parent_run_id, root_run_id, retry_from_stage, retry_depth, config_snapshot->'delivery'
            FROM flow_run_history WHERE run_id = ANY ($1)
            """)
    static let loadTasks = PostgresStatement(
        "task_load", [.array(.text)],
        sql: """
            SELECT run_id, task_id, status, attempts, attempt_base, batch, output_data, error_message, error_class,
                   created_at, completed_at, next_retry_at, held_until, held_since, worker_id, next,
                   reused_from
            FROM task_execution_history WHERE run_id = ANY ($1)
            """)
    static let definitions = PostgresStatement(
        "definition_load", [.array(.text)],
        sql: "SELECT sha256, definition FROM flow_definitions WHERE sha256 = ANY ($1)")
    static let versions = PostgresStatement(
        "version_load", [.array(.text), .array(.int4)],
        sql: """
            SELECT t.flow_id, t.version, v.version, v.sha256
            FROM unnest($1, $2) AS t(flow_id, version), LATERAL (
                SELECT version, sha256 FROM flow_versions f
                WHERE f.flow_id = t.flow_id AND (t.version = 0 OR f.version = t.version)
                ORDER BY version DESC LIMIT 1) v
            """)
    static let outbox = PostgresStatement(
        "outbox_load", [.int4, .int8],
        sql: "SELECT topic, partition, key, value FROM lane_outbox WHERE lane = $1 AND batch = $2 ORDER BY seq")
    /// Entries of ended runs are passed by, not removed: removing one would cost as much as writing the row.
    static let dueRuns = PostgresStatement(
        "run_due", [.array(.int4), .array(.timestamptz), .int8],
        sql: """
            SELECT t.lane, now(), d.next_check_at, CASE WHEN d.completed_at IS NULL THEN d.run_id END
            FROM unnest($1, $2) AS t(lane, since) LEFT JOIN LATERAL (
                SELECT run_id, next_check_at, completed_at FROM flow_run_history r
                WHERE r.lane = t.lane AND r.next_check_at > t.since AND r.next_check_at <= now()
                ORDER BY r.next_check_at FETCH FIRST ($3) ROWS WITH TIES) d ON true
            """)
    static let noteLooked = PostgresStatement(
        "lane_note_looked", [.array(.int4), .array(.text), .array(.timestamptz)],
        sql: """
            UPDATE lane_checkpoint c SET looked_until = t.until FROM unnest($1, $2, $3) AS t(lane, owner, until)
            WHERE c.lane = t.lane AND c.owner = t.owner
            """)
    static let retryRows = PostgresStatement(
        "retry_load", [.array(.text)],
        sql: "SELECT run_id, task_id, attempt FROM task_retries WHERE run_id = ANY ($1)")
    static let liveRetries = PostgresStatement(
        "run_live", [.array(.text)],
        sql: "SELECT live_key, run_id FROM flow_run_history WHERE live_key = ANY ($1)")
    static let closeLetters = PostgresStatement(
        "letter_close", [.array(.text), .array(.text), .array(.text), .array(.text)],
        sql: """
            UPDATE dead_letters d
            SET state = 'redriven', closed_at = now(), closed_by = t.actor, closed_reason = t.reason
            FROM unnest($1, $2, $3, $4) AS t(run_id, task_id, actor, reason)
            WHERE d.run_id = t.run_id AND d.task_id = t.task_id AND d.state = 'open'
            """)
    static let pendingCommands = PostgresStatement(
        "command_load", [.array(.int4), .timestamptz, .int4, .timestamptz],
        sql: """
            SELECT id, lane, run_id, request_id, message, received_at, waits_for FROM pending_commands c
            WHERE lane = ANY ($1) AND CASE WHEN waits_for IS NULL
                THEN received_at < $2 OR EXISTS (SELECT 1 FROM flow_run_history r WHERE r.run_id = c.run_id)
                ELSE received_at < $4 OR NOT EXISTS (SELECT 1 FROM flow_run_history r WHERE r.live_key = c.waits_for)
                END
            ORDER BY id LIMIT $3
            """)
    static let areCommandsLeft = PostgresStatement(
        "command_any", [.array(.int4)],
        sql: "SELECT EXISTS (SELECT 1 FROM pending_commands WHERE lane = ANY ($1))")
    static let waitingRuns = PostgresStatement(
        "command_runs", [.array(.text)],
        sql: "SELECT DISTINCT run_id FROM pending_commands WHERE run_id = ANY ($1)")
}
