import Postgres

/// Every statement of the couriers' store, by hand.
enum DeliverySQL {
    static let channel = "deliveries"
    private static let micro = "interval '1 microsecond'"

    /// $1 courier · $2 limit · $3 lasts
    static let claim = PostgresStatement(
        "delivery_claim", [.text, .int8, .int8, .array(.text)],
        sql: """
            WITH due AS MATERIALIZED (
                SELECT id, claimed_until FROM deliveries d
                WHERE state = 'waiting' AND due_at <= now() AND (claimed_until IS NULL OR claimed_until <= now())
                  AND tenant_id <> ALL ($4)
                  AND (kind = 'watch' OR NOT EXISTS (
                      SELECT FROM deliveries w WHERE w.run_id = d.run_id AND w.ending = d.ending AND w.kind = 'watch'
                          AND w.state = 'waiting' AND w.claimed_until > now()))
                ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED),
            taken AS (
                UPDATE deliveries d
                SET claimed_by = $1, claimed_until = now() + $3 * \(micro), claims = d.claims + 1
                FROM due WHERE d.id = due.id
                RETURNING d.*, due.claimed_until IS NOT NULL AS is_taken_over)
            SELECT t.id, t.kind, t.run_id, t.ending, t.tenant_id, t.user_id, t.session_id, t.flow_id, t.event, t.url,
                   r.config_snapshot->'delivery', t.created_at, t.place, t.tries, coalesce(t.memo, w.memo), now(),
                   (extract(epoch FROM now() - t.due_at) * 1000000)::bigint, t.is_taken_over, t.claims,
                   EXISTS (SELECT FROM results n WHERE n.run_id = t.run_id AND n.ending > t.ending)
            FROM taken t
            LEFT JOIN flow_run_history r ON r.run_id = t.run_id
            LEFT JOIN deliveries w
                ON t.kind = 'end' AND w.run_id = t.run_id AND w.ending = t.ending AND w.kind = 'watch'
            ORDER BY t.due_at
            """)

    /// Of all that came of rows, the tries: they happened, whosever the claim is now.
    /// $1 courier · columns
    static let addTries = PostgresStatement(
        "delivery_add_tries",
        [
            .text, .array(.int8), .array(.int4), .array(.int4), .array(.text), .array(.text), .array(.timestamptz),
            .array(.text), .array(.int4), .array(.int8), .array(.text),
        ],
        sql: """
            INSERT INTO delivery_attempts
                (delivery_id, claim, part, notice, channel, at, outcome, code, latency_us, error, courier)
            SELECT t.id, t.claim, t.part, t.notice, t.channel, t.at, t.outcome, t.code, t.latency, t.error, $1
            FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                AS t(id, claim, part, notice, channel, at, outcome, code, latency, error)
            JOIN deliveries d ON d.id = t.id
            ON CONFLICT (delivery_id, claim, part) DO NOTHING
            """)

    /// Whoever has a result needs it in the inbox no more. Answers which rows are as the notes say; a note that is
    /// repeated finds its own.
    /// columns · $15 days
    static let note = PostgresStatement(
        "delivery_note",
        [
            .array(.int8), .array(.int4), .array(.text), .array(.int8), .array(.int4), .array(.int4), .array(.text),
            .array(.text), .array(.jsonb), .array(.text), .array(.text), .array(.text), .array(.text), .array(.text),
            .int8,
        ],
        sql: """
            WITH noted AS (
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                    AS t(id, claim, state, delay, place, tries, channel, error, memo, result_id, status, reason,
                         depth, results)),
            moved AS (
                UPDATE deliveries d
                SET state = t.state, place = t.place, tries = t.tries, channel = coalesce(t.channel, d.channel),
                    error = t.error, memo = coalesce(t.memo, d.memo), claimed_until = NULL, claimed_by = NULL,
                    due_at = now() + t.delay * \(micro),
                    ended_at = CASE WHEN t.state = 'waiting' THEN NULL ELSE now() END
                FROM noted t WHERE d.id = t.id AND d.claims = t.claim AND d.claimed_until IS NOT NULL
                RETURNING d.*, t.result_id, t.status, t.reason, t.depth, t.results),
            kept AS (
                INSERT INTO results (id, run_id, ending, flow_id, tenant_id, user_id, session_id, status, url, depth,
                    labels, results, reason, code_hashes, expires_at)
                SELECT m.result_id, m.run_id, m.ending, m.flow_id, m.tenant_id, m.user_id, m.session_id, m.status,
                       m.url, m.depth, r.labels, m.results, m.reason, m.code_hashes || coalesce(w.code_hashes, '{}'),
                       now() + $15 * interval '1 day'
                FROM moved m
                LEFT JOIN flow_run_history r ON r.run_id = m.run_id
                LEFT JOIN deliveries w ON w.run_id = m.run_id AND w.ending = m.ending AND w.kind = 'watch'
                WHERE m.result_id IS NOT NULL
                ON CONFLICT (run_id, ending) DO UPDATE
                SET reason = EXCLUDED.reason, expires_at = EXCLUDED.expires_at, warned_at = NULL, redeemed_at = NULL,
                    redeemed_by = NULL, code_hashes = EXCLUDED.code_hashes),
            closed AS (
                UPDATE results r SET redeemed_at = now(), redeemed_by = 'delivery' FROM moved m
                WHERE r.run_id = m.run_id AND r.ending = m.ending AND r.redeemed_at IS NULL
                    AND m.kind = 'end' AND m.state = 'delivered' AND m.result_id IS NULL)
            SELECT id FROM moved
            UNION ALL
            SELECT d.id FROM deliveries d JOIN noted t ON d.id = t.id AND d.claims = t.claim
            WHERE d.claimed_until IS NULL AND d.state = t.state
            """)

    static let disabled = PostgresStatement(
        "delivery_disabled", [.array(.text)],
        sql: "SELECT url_sha256 FROM delivery_endpoints WHERE url_sha256 = ANY ($1)")
    static let disable = PostgresStatement(
        "delivery_disable", [.text, .text, .text],
        sql: """
            INSERT INTO delivery_endpoints (url_sha256, place, reason) VALUES ($1, $2, $3)
            ON CONFLICT (url_sha256) DO NOTHING
            """)

    /// Tasks in the order in which they ended; the flow's own count where its definition is here.
    static let watched = PostgresStatement(
        "delivery_watched", [.array(.text)],
        sql: """
            SELECT r.run_id, r.status, r.created_at, t.done,
                   coalesce((SELECT jsonb_array_length(f.definition::jsonb->'tasks') FROM flow_definitions f
                             WHERE f.sha256 = r.config_snapshot->>'definition_sha256'), 0), t.ended
            FROM flow_run_history r, LATERAL (
                SELECT count(*) AS done,
                       coalesce((SELECT string_agg(e.line, chr(10)) FROM (
                           SELECT status || ' ' || task_id AS line FROM task_execution_history
                           WHERE run_id = r.run_id AND completed_at IS NOT NULL
                           ORDER BY completed_at, stage_order LIMIT 50) AS e), '') AS ended
                FROM task_execution_history WHERE run_id = r.run_id AND completed_at IS NOT NULL) AS t
            WHERE r.run_id = ANY ($1)
            """)

    static let noteCode = PostgresStatement(
        "delivery_note_code", [.int8, .text],
        sql: """
            UPDATE deliveries
            SET code_hashes = (array_append(code_hashes, $2))[greatest(1, cardinality(code_hashes) - 11):]
            WHERE id = $1
            """)

    /// A row that is due and unclaimed waits for another one's claim to end.
    static let next = PostgresStatement(
        "delivery_next",
        sql: """
            SELECT (extract(epoch FROM least(
                (SELECT min(due_at) FROM deliveries WHERE state = 'waiting' AND due_at > now()),
                (SELECT min(coalesce(claimed_until, now() + interval '100 milliseconds')) FROM (
                    SELECT claimed_until FROM deliveries WHERE state = 'waiting' AND due_at <= now()
                    ORDER BY due_at LIMIT 5000) AS foremost)) - clock_timestamp()) * 1000000)::bigint,
                clock_timestamp()
            """)

    static let backlog = PostgresStatement(
        "delivery_backlog",
        sql: """
            SELECT (SELECT count(*) FROM (
                        SELECT FROM deliveries WHERE state = 'waiting' AND due_at < now() - interval '1 second'
                        LIMIT 100000) AS late),
                   coalesce((SELECT (extract(epoch FROM now() - min(due_at)) * 1000000)::bigint FROM deliveries
                             WHERE state = 'waiting' AND due_at < now() - interval '1 second'), 0),
                   (SELECT count(*) FROM (SELECT FROM results WHERE redeemed_at IS NULL LIMIT 100000) AS kept)
            """)
}
