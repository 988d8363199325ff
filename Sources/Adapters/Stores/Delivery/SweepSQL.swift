import Postgres

/// Statements of the sweep: what is too old of deliveries and kept results. Each takes a limited number of rows.
enum SweepSQL {
    static let limit = 1_000

    /// The warning is a row of the audit log, so that whoever asks what became of a run finds it.
    /// $1 warning
    static let warn = PostgresStatement(
        "result_warn", [.int8],
        sql: """
            WITH ending AS (
                UPDATE results SET warned_at = now()
                WHERE id IN (SELECT id FROM results
                             WHERE expires_at <= now() + $1 * interval '1 microsecond' AND warned_at IS NULL
                                AND redeemed_at IS NULL
                             ORDER BY expires_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
                RETURNING id, run_id, tenant_id, expires_at),
            told AS (
                INSERT INTO audit_log (request_id, action, run_id, actor, outcome, detail, at, tenant_id)
                SELECT 'warning/' || id, 'result_expires', run_id, 'flowfleet-courier', 'done',
                       'nobody picked the result up; it is removed at ' || \(rfc3339("expires_at")), now(),
                       tenant_id
                FROM ending ON CONFLICT (request_id, coalesce(run_id, '')) DO NOTHING)
            SELECT id, run_id FROM ending
            """)
    /// What nobody picked up goes some time after somebody was told, though its own time be over.
    /// $1 notice
    static let remove = PostgresStatement(
        "result_remove", [.int8],
        sql: """
            WITH gone AS (
                DELETE FROM results
                WHERE id IN (SELECT id FROM results
                             WHERE expires_at <= now()
                                AND (redeemed_at IS NOT NULL OR warned_at <= now() - $1 * interval '1 microsecond')
                             ORDER BY expires_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
                RETURNING id, run_id, ending),
            marked AS (
                UPDATE deliveries d SET state = 'expired', event = NULL, ended_at = now() FROM gone
                WHERE d.run_id = gone.run_id AND d.ending = gone.ending AND d.state = 'orphaned')
            SELECT id, run_id FROM gone
            """)
    /// $1 days
    static let strip = PostgresStatement(
        "delivery_strip", [.int8],
        sql: """
            WITH stripped AS (
                UPDATE deliveries SET event = NULL WHERE id IN (
                    SELECT id FROM deliveries
                    WHERE ended_at < now() - $1 * interval '1 day' AND event IS NOT NULL
                        AND state IN ('delivered', 'redeemed')
                    ORDER BY ended_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
                RETURNING 1)
            SELECT count(*) FROM stripped
            """)
    /// $1 days
    static let forget = PostgresStatement(
        "delivery_forget", [.int8],
        sql: """
            WITH forgotten AS (
                DELETE FROM deliveries WHERE id IN (
                    SELECT id FROM deliveries
                    WHERE ended_at < now() - $1 * interval '1 day' AND state IN ('delivered', 'redeemed', 'expired')
                    ORDER BY ended_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
                RETURNING 1)
            SELECT count(*) FROM forgotten
            """)

    /// $1 runs
    static let kept = PostgresStatement(
        "result_kept", [.array(.text)], sql: "SELECT DISTINCT run_id FROM results WHERE run_id = ANY ($1)")
}
