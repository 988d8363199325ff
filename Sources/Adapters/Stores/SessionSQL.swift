import Postgres

/// Every statement on sessions. Runs are found by `flow_run_history_session`, tasks by their key.
///
/// `$2` is whose runs and letters are seen (null: everybody's), for any run may name any session.
enum SessionSQL {
    private static let own = "($2 IS NULL OR tenant_id = $2)"
    private static func asked(_ input: String, _ queries: String) -> String {
        "(jsonb_typeof(\(input)) = 'object' AND \(input)->>'query' = ANY (\(queries)))"
    }
    private static let columns = """
        session_id, tenant_id, metadata, \(rfc3339("created_at")), \(rfc3339("expires_at")),
        \(rfc3339("closed_at")), closed_by
        """
    /// One that nobody opened is told by its first run.
    static let one = PostgresStatement(
        "session_one", [.text, .text],
        sql: """
            SELECT \(columns), true FROM sessions WHERE session_id = $1 AND \(own)
            UNION ALL
            (SELECT session_id, tenant_id, NULL, \(rfc3339("created_at")), NULL, NULL, NULL, false
             FROM flow_run_history WHERE session_id = $1 AND \(own) LIMIT 1)
            LIMIT 1
            """)
    static let list = PostgresStatement(
        "session_list", [.text, .text, .int8],
        sql: """
            SELECT \(columns), true FROM sessions s
            WHERE ($1 IS NULL OR tenant_id = $1)
              AND ($2 IS NULL OR (created_at, session_id) < (
                  SELECT created_at, session_id FROM sessions b WHERE b.session_id = $2))
            ORDER BY created_at DESC, session_id DESC LIMIT $3
            """)
    static let counts = PostgresStatement(
        "session_counts", [.text, .text],
        sql: """
            SELECT status, count(*), count(*) FILTER (WHERE degraded),
                   count(*) FILTER (WHERE parent_run_id IS NOT NULL), min(created_at), max(completed_at), now()
            FROM flow_run_history WHERE session_id = $1 AND \(own) GROUP BY status
            """)
    /// Breakers are few; of what one of them holds back only the first are looked into.
    static let heldBack = PostgresStatement(
        "session_held", [.text, .text],
        sql: """
            SELECT b.handler, h.tasks, b.reason FROM handler_breakers b, LATERAL (
                SELECT count(*) AS tasks FROM (
                    SELECT run_id FROM task_retries
                    WHERE parked AND handler = b.handler AND tenant_id = b.tenant_id ORDER BY due_at LIMIT 2000) AS t
                JOIN flow_run_history r ON r.run_id = t.run_id
                WHERE r.session_id = $1 AND ($2 IS NULL OR r.tenant_id = $2)) AS h
            WHERE b.state <> 'closed' AND ($2 IS NULL OR b.tenant_id = $2) AND h.tasks > 0
            ORDER BY h.tasks DESC, b.handler
            """)
    /// Counted by the millisecond first: a hundred thousand spans are few different ones, and need no sorting.
    static let durations = PostgresStatement(
        "session_durations", [.text, .text],
        sql: """
            WITH spans AS (
                SELECT (date_part('epoch', completed_at - created_at) * 1000)::integer AS ms, count(*) AS runs
                FROM flow_run_history WHERE session_id = $1 AND \(own) AND completed_at IS NOT NULL GROUP BY 1),
            sums AS (
                SELECT ms, sum(runs) OVER (ORDER BY ms) AS reached, sum(runs) OVER () AS ended FROM spans)
            SELECT coalesce(max(ended), 0)::bigint, min(ms) FILTER (WHERE reached >= 0.5 * ended),
                   min(ms) FILTER (WHERE reached >= 0.95 * ended), max(ms) FROM sums
            """)
    static let retries = PostgresStatement(
        "session_retries", [.text, .text],
        sql: """
            SELECT count(*), coalesce(sum(t.attempts - 1), 0), coalesce(max(t.attempts), 0)
            FROM flow_run_history r JOIN task_execution_history t USING (run_id)
            WHERE r.session_id = $1 AND \(own) AND t.attempts > 1
            """)
    static let failures = PostgresStatement(
        "session_failures", [.text, .text, .int8],
        sql: """
            SELECT d.fingerprint, max(d.handler), coalesce(max(f.pattern), max(d.error)), count(*),
                   \(rfc3339("max(d.failed_at)"))
            FROM dead_letters d LEFT JOIN fingerprints f ON f.fingerprint = d.fingerprint
            WHERE d.session_id = $1 AND \(own) AND d.kind = 'task' AND d.state = 'open'
            GROUP BY d.fingerprint ORDER BY count(*) DESC, d.fingerprint LIMIT $3
            """)

    private static let perStage = """
        chosen_tasks AS (
            SELECT t.*, r.completed_at AS run_end FROM chosen r JOIN task_execution_history t ON t.run_id = r.run_id),
        children AS (
            SELECT c.retry_from_stage AS task_id, count(*) AS made,
                   count(*) FILTER (WHERE c.status = 'completed') AS good
            FROM chosen c WHERE c.retry_from_stage IS NOT NULL GROUP BY 1)
        SELECT s.task_id, s.runs, s.succeeded, s.degraded, s.failed, s.skipped, s.cancelled, s.reused, s.retried,
               s.p50, s.p95, coalesce(c.made, 0), coalesce(c.good, 0), s.common
        FROM (
            SELECT task_id, count(*) AS runs,
                   count(*) FILTER (WHERE status = 'succeeded' AND reused_from IS NULL) AS succeeded,
                   count(*) FILTER (WHERE status = 'degraded' AND reused_from IS NULL) AS degraded,
                   count(*) FILTER (WHERE status = 'failed' AND reused_from IS NULL) AS failed,
                   count(*) FILTER (WHERE status = 'skipped') AS skipped,
                   count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
                   count(*) FILTER (WHERE reused_from IS NOT NULL) AS reused,
                   count(*) FILTER (WHERE attempts > 1 AND reused_from IS NULL) AS retried,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY execution_time_ms)
                       FILTER (WHERE reused_from IS NULL) AS p50,
                   percentile_disc(0.95) WITHIN GROUP (ORDER BY execution_time_ms)
                       FILTER (WHERE reused_from IS NULL) AS p95,
                   mode() WITHIN GROUP (ORDER BY left(error_message, 200))
                       FILTER (WHERE status = 'failed' AND reused_from IS NULL) AS common,
                   min(stage_order) AS stage_order
            FROM chosen_tasks GROUP BY task_id) s
        LEFT JOIN children c ON c.task_id = s.task_id ORDER BY s.stage_order, s.task_id
        """
    private static let chosenColumns = "run_id, status, completed_at, retry_from_stage"
    static let stages = PostgresStatement(
        "session_stages", [.text, .text, .int8],
        sql: """
            WITH chosen AS MATERIALIZED (
                SELECT \(chosenColumns) FROM flow_run_history WHERE session_id = $1 AND \(own)
                ORDER BY created_at DESC LIMIT $3), \(perStage)
            """)
    static let flowStages = PostgresStatement(
        "flow_stages", [.text, .text, .int8],
        sql: """
            WITH chosen AS MATERIALIZED (
                SELECT \(chosenColumns) FROM flow_run_history WHERE created_at >= $2::timestamptz AND flow_id = $1
                ORDER BY created_at DESC LIMIT $3), \(perStage)
            """)

    static let openRuns = PostgresStatement(
        "session_open_runs", [.text, .text, .text, .int8],
        sql: """
            WITH open AS MATERIALIZED (
                SELECT run_id FROM flow_run_history
                WHERE session_id = $1 AND \(own) AND completed_at IS NULL AND run_id > $3)
            SELECT run_id FROM open ORDER BY run_id LIMIT $4
            """)
    private static let taskColumns = """
        t.run_id, t.task_id, r.session_id, r.status, t.status, t.attempts, (
            SELECT l.run_id FROM flow_run_history l WHERE l.live_key = r.run_id)
        """
    static let failedTasks = PostgresStatement(
        "session_failed_tasks", [.text, .text, .text, .text, .int8, .array(.text)],
        sql: """
            SELECT \(taskColumns) FROM flow_run_history r JOIN task_execution_history t USING (run_id)
            WHERE r.session_id = $1 AND \(own) AND r.status = 'failed' AND t.status = 'failed' AND t.reused_from IS NULL
              AND (t.run_id, t.task_id) > ($3, $4) AND ($6 IS NULL OR \(asked("r.input_data", "$6")))
            ORDER BY t.run_id, t.task_id LIMIT $5
            """)
    static let tasks = PostgresStatement(
        "session_tasks", [.array(.text), .text, .array(.text)],
        sql: """
            SELECT \(taskColumns) FROM unnest($1, $3) AS n(run_id, task_id)
            JOIN task_execution_history t ON t.run_id = n.run_id AND t.task_id = n.task_id
            JOIN flow_run_history r ON r.run_id = t.run_id WHERE \(own)
            """)
    static let letterTasks = PostgresStatement(
        "session_letter_tasks", [.array(.int8), .text],
        sql: "SELECT id, run_id, task_id FROM dead_letters WHERE id = ANY ($1) AND \(own) AND kind = 'task'")
    static let queryRuns = PostgresStatement(
        "session_query_runs", [.text, .text, .array(.text)],
        sql: """
            SELECT run_id FROM flow_run_history
            WHERE session_id = $1 AND \(own) AND \(asked("input_data", "$3"))
            ORDER BY run_id
            """)
    /// An id that runs of another tenant have is theirs.
    static let open = PostgresStatement(
        "session_open", [.text, .text, .jsonb, .int8, .text, .text, .text],
        sql: """
            WITH changed AS (
                INSERT INTO sessions (session_id, tenant_id, metadata, expires_at)
                SELECT $1, $2, $3, clock_timestamp() + $4 * interval '1 second'
                WHERE NOT EXISTS (SELECT FROM flow_run_history WHERE session_id = $1 AND tenant_id <> $2)
                ON CONFLICT (session_id) DO NOTHING RETURNING session_id, tenant_id),
            told AS (\(told("session_open", "$5", "$6", "$7")))
            SELECT session_id FROM changed
            """)
    static let close = PostgresStatement(
        "session_close", [.text, .text, .text, .text, .text],
        sql: """
            WITH changed AS (
                UPDATE sessions SET closed_at = clock_timestamp(), closed_by = $4
                WHERE session_id = $1 AND \(own) AND closed_at IS NULL RETURNING session_id, tenant_id),
            told AS (\(told("session_close", "$3", "$4", "$5")))
            SELECT session_id FROM changed
            """)
    private static func told(_ action: String, _ request: String, _ actor: String, _ reason: String) -> String {
        """
        INSERT INTO audit_log (request_id, action, tenant_id, actor, reason, outcome, detail, at)
        SELECT \(request), '\(action)', tenant_id, \(actor), \(reason), 'done', session_id, clock_timestamp()
        FROM changed ON CONFLICT (request_id, coalesce(run_id, '')) DO NOTHING
        """
    }
    static let sweep = PostgresStatement(
        "session_sweep", [.int8],
        sql: """
            WITH closed AS (
                UPDATE sessions SET closed_at = clock_timestamp(), closed_by = 'expiry'
                WHERE expires_at < clock_timestamp() AND closed_at IS NULL RETURNING 1),
            forgotten AS (
                DELETE FROM sessions WHERE closed_at < clock_timestamp() - $1 * interval '1 second' RETURNING 1),
            retries AS (
                DELETE FROM session_retries WHERE created_at < clock_timestamp() - $1 * interval '1 second')
            SELECT (SELECT count(*) FROM closed), (SELECT count(*) FROM forgotten)
            """)
}
