import Postgres
import Workflow

/// Every statement on retries of sessions.
enum SessionRetrySQL {
    static let create = PostgresStatement(
        "session_retry_create", [.text, .text, .text, .text, .text, .int8, .int8],
        sql: """
            WITH made AS (
                INSERT INTO session_retries (retry_id, session_id, tenant_id, actor, reason, runs, tasks)
                VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *)
            INSERT INTO audit_log (request_id, action, tenant_id, actor, reason, outcome, detail, at)
            SELECT retry_id, 'session_retry', tenant_id, actor, reason, 'done', session_id, clock_timestamp() FROM made
            ON CONFLICT (request_id, coalesce(run_id, '')) DO NOTHING
            """)
    /// Task ids hold no commas.
    static let createItems = PostgresStatement(
        "session_retry_create_items", [.text, .array(.text), .array(.text), .array(.text), .int8, .int8, .int8],
        sql: """
            WITH room AS MATERIALIZED (
                SELECT greatest(0, least($5, $6 - (\(openCount("$7"))))) AS count),
            made AS (
                INSERT INTO session_retry_items (retry_id, run_id, request_id, task_ids, sent_at)
                SELECT $1, run_id, request_id, string_to_array(task_ids, ','),
                       CASE WHEN place <= (SELECT count FROM room) THEN clock_timestamp() END
                FROM unnest($2, $3, $4) WITH ORDINALITY AS t (run_id, request_id, task_ids, place)
                RETURNING sent_at)
            SELECT count(sent_at) FROM made
            """)

    private static let columns = """
        retry_id, session_id, tenant_id, actor, reason, runs, tasks, \(rfc3339("created_at")),
        \(rfc3339("cancelled_at"))
        """
    private static let own = "($2 IS NULL OR tenant_id = $2)"
    static let one = PostgresStatement(
        "session_retry_one", [.text, .text],
        sql: "SELECT \(columns) FROM session_retries WHERE retry_id = $1 AND \(own)")
    static let list = PostgresStatement(
        "session_retry_list", [.text, .text, .text, .int8],
        sql: """
            SELECT \(columns) FROM session_retries
            WHERE session_id = $1 AND \(own) AND ($3 IS NULL OR (created_at, retry_id) < (
                SELECT created_at, retry_id FROM session_retries b WHERE b.retry_id = $3))
            ORDER BY created_at DESC, retry_id DESC LIMIT $4
            """)

    /// Where an item is: what its lane has answered comes before what the run became.
    private static let seen = """
        SELECT i.run_id, i.request_id, array_to_string(i.task_ids, ',') AS task_ids, i.detail, CASE
            WHEN i.outcome = 'refused' THEN 'refused'
            WHEN i.outcome IS NULL AND i.sent_at IS NOT NULL THEN 'sent'
            WHEN i.outcome IS NULL AND r.cancelled_at IS NOT NULL THEN 'dropped'
            WHEN i.outcome IS NULL THEN 'waiting'
            WHEN h.status = 'completed' THEN 'succeeded'
            WHEN h.status IN ('failed', 'cancelled') THEN h.status
            ELSE 'going_on' END AS state
        FROM session_retries r JOIN session_retry_items i USING (retry_id)
        LEFT JOIN flow_run_history h ON h.run_id = i.run_id WHERE r.retry_id = $1
        """
    static let tally = PostgresStatement(
        "session_retry_tally", [.text], sql: "SELECT state, count(*) FROM (\(seen)) s GROUP BY state")
    static let items = PostgresStatement(
        "session_retry_items_page", [.text, .text, .text, .int8],
        sql: """
            SELECT * FROM (\(seen)) s
            WHERE ($2 IS NULL OR state = $2) AND ($3 IS NULL OR run_id > $3) ORDER BY run_id LIMIT $4
            """)
    static let cancel = PostgresStatement(
        "session_retry_cancel", [.text, .text, .text, .text],
        sql: """
            WITH cancelled AS (
                UPDATE session_retries SET cancelled_at = clock_timestamp()
                WHERE retry_id = $1 AND cancelled_at IS NULL RETURNING *),
            told AS (
                INSERT INTO audit_log (request_id, action, tenant_id, actor, reason, outcome, detail, at)
                SELECT $2, 'session_retry_cancel', tenant_id, $3, $4, 'done', session_id, clock_timestamp()
                FROM cancelled ON CONFLICT (request_id, coalesce(run_id, '')) DO NOTHING)
            SELECT retry_id FROM cancelled
            """)
    static let underWay = PostgresStatement(
        "session_retry_under_way", [.int8],
        sql: """
            SELECT r.retry_id, r.session_id, r.tenant_id, r.runs, i.waiting, i.sent FROM (
                SELECT retry_id, count(*) FILTER (WHERE sent_at IS NULL) AS waiting, count(sent_at) AS sent
                FROM session_retry_items WHERE outcome IS NULL GROUP BY retry_id) i
            JOIN session_retries r USING (retry_id)
            WHERE i.sent > 0 OR r.cancelled_at IS NULL
            ORDER BY r.created_at DESC LIMIT $1
            """)

    /// Answers the audit log has: kept here, for it may be cleared out before the retry is.
    static let settle = PostgresStatement(
        "session_retry_settle", [],
        sql: """
            WITH answered AS MATERIALIZED (
                SELECT i.retry_id, i.run_id, a.outcome, a.detail
                FROM session_retry_items i JOIN audit_log a
                  ON a.request_id = i.request_id AND coalesce(a.run_id, '') = i.run_id
                WHERE i.outcome IS NULL AND i.sent_at IS NOT NULL
                ORDER BY i.retry_id, i.run_id FOR UPDATE OF i SKIP LOCKED)
            UPDATE session_retry_items i SET outcome = a.outcome, detail = a.detail
            FROM answered a WHERE i.retry_id = a.retry_id AND i.run_id = a.run_id
            """)
    /// What has waited for long does not count: a lane that answers nothing holds up nobody else.
    static let open = PostgresStatement("session_retry_open", [.int8], sql: openCount("$1"))
    private static func openCount(_ patience: String) -> String {
        """
        SELECT count(*) FROM session_retry_items
        WHERE outcome IS NULL AND sent_at > clock_timestamp() - \(patience) * interval '1 second'
        """
    }
    /// Whoever took one and died has not sent it: it comes again when no answer came in time, cancelled or not, for
    /// nobody knows whether it went out; each time after twice the time.
    static let take = PostgresStatement(
        "session_retry_take", [.int8, .int8, .int8],
        sql: """
            WITH fresh AS MATERIALIZED (
                SELECT i.retry_id, i.run_id FROM session_retry_items i JOIN session_retries r USING (retry_id)
                WHERE i.outcome IS NULL AND i.sent_at IS NULL AND r.cancelled_at IS NULL
                LIMIT $1 FOR UPDATE OF i SKIP LOCKED),
            lost AS MATERIALIZED (
                SELECT i.retry_id, i.run_id FROM session_retry_items i JOIN session_retries r USING (retry_id)
                WHERE i.outcome IS NULL AND i.sent_at < clock_timestamp() - $3 * interval '1 second'
                  AND i.sent_at < clock_timestamp() - (i.sent_at - r.created_at)
                ORDER BY i.sent_at LIMIT $2 FOR UPDATE OF i SKIP LOCKED)
            UPDATE session_retry_items i SET sent_at = clock_timestamp()
            FROM (SELECT * FROM fresh UNION ALL SELECT * FROM lost) d, session_retries r
            WHERE i.retry_id = d.retry_id AND i.run_id = d.run_id AND r.retry_id = i.retry_id
            RETURNING i.run_id, i.request_id, array_to_string(i.task_ids, ','), r.actor, r.reason
            """)
}
