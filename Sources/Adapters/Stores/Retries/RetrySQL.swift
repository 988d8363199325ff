import Postgres

/// Every statement of the retry store, by hand.
enum RetrySQL {
    static let channel = "task_retries"

    /// What `ClaimedRetry` is made of; `r` is the claimed row, `was` what it was before.
    private static let claimed = """
        r.run_id, r.task_id, r.attempt, r.handler, r.pool, r.message, r.traceparent,
        (extract(epoch FROM now() - r.due_at) * 1000000)::bigint, was.claimed_until IS NOT NULL, r.parked
        """
    private static let micro = "interval '1 microsecond'"
    private static let same = "r.run_id = was.run_id AND r.task_id = was.task_id AND r.attempt = was.attempt"

    /// $1 worker · $2 limit · $3 late by at least · $4 late by less than, or null · $5 lasts
    static let claim = PostgresStatement(
        "retry_claim", [.text, .int8, .int8, .int8, .int8],
        sql: """
            WITH due AS MATERIALIZED (
                SELECT run_id, task_id, attempt, handler, tenant_id, claimed_until FROM task_retries
                WHERE NOT parked AND due_at <= now() - $3 * \(micro)
                  AND due_at > coalesce(now() - $4 * \(micro), '-infinity')
                  AND (claimed_until IS NULL OR claimed_until <= now())
                ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED),
            was AS MATERIALIZED (
                SELECT due.*, b.handler IS NOT NULL AS is_held FROM due LEFT JOIN handler_breakers b
                ON b.handler = due.handler AND b.tenant_id = due.tenant_id AND b.state <> 'closed')
            UPDATE task_retries r
            SET parked = was.is_held, claimed_by = $1,
                claimed_until = CASE WHEN was.is_held THEN NULL ELSE now() + $5 * \(micro) END
            FROM was WHERE \(same)
            RETURNING \(claimed)
            """)

    private static let mine = """
        unnest($2, $3, $4) AS was(run_id, task_id, attempt)
        WHERE \(same) AND r.claimed_by = $1 AND r.claimed_until IS NOT NULL
        """
    private static let keys: [PostgresType] = [.text, .array(.text), .array(.text), .array(.int4)]

    static let renew = PostgresStatement(
        "retry_renew", keys + [.int8],
        sql: """
            UPDATE task_retries r SET claimed_until = now() + $5 * \(micro) FROM \(mine)
            RETURNING r.run_id, r.task_id, r.attempt
            """)
    static let remove = PostgresStatement(
        "retry_remove", keys, sql: "DELETE FROM task_retries r USING \(mine)")

    /// A claim of nobody, so that the row rests.
    static let release = PostgresStatement(
        "retry_release", keys + [.int8],
        sql: "UPDATE task_retries r SET claimed_until = now() + $5 * \(micro), claimed_by = NULL FROM \(mine)")

    /// Rows due now have claims, or the pace holds them back; only the foremost are looked at.
    static let next = PostgresStatement(
        "retry_next",
        sql: """
            SELECT (extract(epoch FROM least(
                (SELECT min(due_at) FROM task_retries
                 WHERE NOT parked AND due_at > now() AND due_at < 'infinity'),
                (SELECT min(claimed_until) FROM (
                    SELECT claimed_until FROM task_retries WHERE NOT parked AND due_at <= now()
                    ORDER BY due_at LIMIT 5000) AS foremost)) - clock_timestamp()) * 1000000)::bigint,
                clock_timestamp()
            """)

    static let backlog = PostgresStatement(
        "retry_backlog",
        sql: """
            SELECT (SELECT count(*) FROM (
                        SELECT FROM task_retries WHERE NOT parked AND due_at < now() - interval '1 second'
                        LIMIT 100000) AS late),
                   coalesce((SELECT (extract(epoch FROM now() - min(due_at)) * 1000000)::bigint FROM task_retries
                             WHERE NOT parked AND due_at < now() - interval '1 second'), 0),
                   (SELECT count(*) FROM (SELECT FROM task_retries WHERE parked LIMIT 100000) AS held)
            """)
}

/// Breakers.
extension RetrySQL {
    /// Rows that were parked while their breaker closed, and seconds nobody asks for any more.
    static let sweep = PostgresStatement(
        "breaker_sweep",
        sql: """
            WITH gone AS (DELETE FROM handler_outcomes WHERE second < now() - interval '1 hour')
            UPDATE task_retries r SET parked = false WHERE r.parked AND NOT EXISTS (
                SELECT FROM handler_breakers b
                WHERE b.handler = r.handler AND b.tenant_id = r.tenant_id AND b.state <> 'closed')
            """)

    /// A wave's attempts have rows once they ended, but for those that were handed back and succeeded at first. Those
    /// that were cancelled, or wait behind the breaker again, say nothing.
    /// $1 window in microseconds · $2 minimum of failures
    static let read = PostgresStatement(
        "breaker_read", [.int8, .int8],
        sql: """
            WITH recent AS (
                SELECT o.handler, o.tenant_id, sum(o.succeeded)::bigint AS succeeded, sum(o.failed)::bigint AS failed
                FROM handler_outcomes o LEFT JOIN handler_breakers b USING (handler, tenant_id)
                WHERE o.second >= now() - $1 * interval '1 microsecond'
                  AND (b.changed_at IS NULL OR o.second > b.changed_at)
                GROUP BY 1, 2)
            SELECT coalesce(b.handler, o.handler), coalesce(b.tenant_id, o.tenant_id),
                   coalesce(b.state, 'closed'), coalesce(b.version, 0),
                   coalesce((extract(epoch FROM now() - b.changed_at) * 1000000)::bigint, 0),
                   coalesce(b.openings, 0), coalesce(b.wave_size, 0),
                   coalesce(o.succeeded, 0), coalesce(o.failed, 0), w.succeeded, w.failed, w.pending, w.voided
            FROM handler_breakers b FULL JOIN recent o USING (handler, tenant_id), LATERAL (
                SELECT count(*) FILTER (WHERE e.ended AND NOT e.failed) AS succeeded,
                       count(*) FILTER (WHERE e.failed) AS failed,
                       count(*) FILTER (WHERE NOT e.ended AND NOT e.voided) AS pending,
                       count(*) FILTER (WHERE NOT e.ended AND e.voided) AS voided
                FROM breaker_waves m
                LEFT JOIN task_attempts a USING (run_id, task_id, attempt)
                LEFT JOIN task_execution_history t USING (run_id, task_id)
                LEFT JOIN flow_run_history r USING (run_id)
                LEFT JOIN task_retries q USING (run_id, task_id, attempt), LATERAL (
                    SELECT coalesce(
                               a.error_class IN ('transient', 'timeout', 'worker_lost', 'poison'), false) AS failed,
                           coalesce(a.status <> 'cancelled', false)
                               OR coalesce(t.status IN ('succeeded', 'degraded'), false) AS ended,
                           a.status IS NOT NULL OR t.completed_at IS NOT NULL OR r.completed_at IS NOT NULL
                               OR coalesce(r.status = 'paused' OR q.parked, false) AS voided
                ) AS e
                WHERE m.handler = b.handler AND m.tenant_id = b.tenant_id) AS w
            WHERE b.state <> 'closed' OR o.failed >= $2
            """)

    /// $1 handler · $2 tenant · $3 version · $4 worker · $5 reason
    static let open = PostgresStatement(
        "breaker_open", [.text, .text, .int8, .text, .text],
        sql: """
            INSERT INTO handler_breakers AS b (handler, tenant_id, state, version, openings, changed_at, changed_by,
                opened_at, reason)
            SELECT $1, $2, 'open', 1, 1, now(), $4, now(), $5 WHERE $3 = 0 OR EXISTS (
                SELECT FROM handler_breakers WHERE handler = $1 AND tenant_id = $2)
            ON CONFLICT (handler, tenant_id) DO UPDATE
            SET state = 'open', version = b.version + 1, changed_at = now(), changed_by = $4, wave = 0, wave_size = 0,
                openings = CASE WHEN b.state = 'closed' THEN 1 ELSE b.openings + 1 END, reason = $5,
                opened_at = CASE WHEN b.state = 'closed' THEN now() ELSE b.opened_at END
            WHERE b.version = $3
            """)
    private static let changed = """
        EXISTS (SELECT FROM handler_breakers
                WHERE handler = $1 AND tenant_id = $2 AND version = $3 + 1 AND changed_by = $4)
        """
    /// Ends the wave of a breaker that was just changed by us.
    static let endWave = PostgresStatement(
        "breaker_end_wave", [.text, .text, .int8, .text],
        sql: "DELETE FROM breaker_waves WHERE handler = $1 AND tenant_id = $2 AND \(changed)")
    static let close = PostgresStatement(
        "breaker_close", [.text, .text, .int8, .text],
        sql: """
            UPDATE handler_breakers
            SET state = 'closed', version = version + 1, openings = 0, wave = 0, wave_size = 0, changed_at = now(),
                changed_by = $4
            WHERE handler = $1 AND tenant_id = $2 AND version = $3
            """)
    static let free = PostgresStatement(
        "breaker_free", [.text, .text, .int8, .text],
        sql: """
            UPDATE task_retries SET parked = false
            WHERE parked AND handler = $1 AND tenant_id = $2 AND \(changed)
            """)
    /// … · $5 size
    static let probe = PostgresStatement(
        "breaker_probe", [.text, .text, .int8, .text, .int8],
        sql: """
            UPDATE handler_breakers
            SET state = 'probing', version = version + 1, wave = wave + 1, wave_size = $5, changed_at = now(),
                changed_by = $4
            WHERE handler = $1 AND tenant_id = $2 AND version = $3
            """)
    /// … · $5 size · $6 lasts
    static let wave = PostgresStatement(
        "breaker_wave", [.text, .text, .int8, .text, .int8, .int8],
        sql: """
            WITH was AS MATERIALIZED (
                SELECT run_id, task_id, attempt, claimed_until FROM task_retries
                WHERE parked AND handler = $1 AND tenant_id = $2 AND due_at <= now() AND \(changed)
                ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED),
            noted AS (
                INSERT INTO breaker_waves SELECT $1, $2, run_id, task_id, attempt FROM was)
            UPDATE task_retries r
            SET parked = false, claimed_by = $4, claimed_until = now() + $6 * \(micro)
            FROM was WHERE \(same)
            RETURNING \(claimed)
            """)
}
