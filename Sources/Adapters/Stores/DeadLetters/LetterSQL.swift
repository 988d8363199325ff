internal import Postgres

/// The statements of `PostgresLetterStore`.
enum LetterSQL {
    static let columns: [(name: String, type: PostgresType)] = [
        ("message_id", .text), ("kind", .text), ("reason", .text), ("run_id", .text), ("task_id", .text),
        ("handler", .text), ("attempts", .int4), ("error", .text), ("error_class", .text), ("error_type", .text),
        ("failed_at", .timestamptz), ("session_id", .text), ("tenant_id", .text), ("flow_id", .text),
        ("task", .jsonb), ("original", .jsonb), ("value", .bytea), ("fingerprint", .text), ("pattern", .text),
    ]

    static let errorTypes = PostgresStatement(
        "letters_error_types", [.array(.text), .array(.text), .array(.int4), .array(.int4)],
        sql: """
            SELECT g.place, a.error_type
            FROM unnest($1, $2, $3, $4) AS g (run_id, task_id, attempt, place)
            JOIN task_attempts a ON a.run_id = g.run_id AND a.task_id = g.task_id AND a.attempt = g.attempt
            """)

    /// The letter of a degraded task: nobody can do anything about it any more, so it waits for nobody.
    private static let isPassed =
        "g.kind = 'task' AND t.status = 'degraded' AND (t.attempt_base >= g.attempts) IS NOT TRUE"

    /// Letters first, then what is counted of those that are new; each in the order of its key, so that two drainers
    /// with the same letters wait for each other instead of for ever.
    static let keep = PostgresStatement(
        "letters_keep", columns.map { .array($0.type) },
        sql: """
            WITH given AS (
                SELECT * FROM unnest(\(columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")))
                    AS g (\(columns.map(\.name).joined(separator: ", ")))
            ), fresh AS (
                INSERT INTO dead_letters (\(columns.dropLast().map(\.name).joined(separator: ", ")), state, closed_at,
                                          closed_by, closed_reason)
                SELECT DISTINCT ON (g.message_id) \(columns.dropLast().map { "g." + $0.name }.joined(separator: ", ")),
                       CASE WHEN g.kind <> 'task' OR t.status IS NULL THEN 'open'
                            WHEN t.attempt_base >= g.attempts THEN 'redriven'
                            WHEN t.status = 'degraded' THEN 'discarded' ELSE 'open' END,
                       CASE WHEN \(isPassed) THEN clock_timestamp() END,
                       CASE WHEN \(isPassed) THEN 'flowfleet-drainer' END,
                       CASE WHEN \(isPassed) THEN 'the task degraded: its run went on, and it is not tried again' END
                FROM given g
                LEFT JOIN task_execution_history t ON t.run_id = g.run_id AND t.task_id = g.task_id
                ORDER BY g.message_id
                ON CONFLICT (message_id) DO NOTHING
                RETURNING message_id, fingerprint, failed_at
            ), seen AS (
                SELECT fingerprint, min(failed_at) AS first, max(failed_at) AS last, count(*) AS letters,
                       min(message_id) AS example
                FROM fresh GROUP BY fingerprint
            ), counted AS (
                INSERT INTO fingerprints AS f (fingerprint, handler, error_class, error_type, pattern, example,
                                               first_seen, last_seen, letters)
                SELECT s.fingerprint, g.handler, g.error_class, g.error_type, g.pattern, g.error, s.first, s.last,
                       s.letters
                FROM seen s JOIN LATERAL (SELECT * FROM given WHERE given.message_id = s.example LIMIT 1) g ON true
                ORDER BY s.fingerprint
                ON CONFLICT (fingerprint) DO UPDATE
                    SET first_seen = least(f.first_seen, excluded.first_seen),
                        last_seen = greatest(f.last_seen, excluded.last_seen),
                        letters = f.letters + excluded.letters
            ), trend AS (
                INSERT INTO fingerprint_hours AS h (fingerprint, hour, letters)
                SELECT fingerprint, date_trunc('hour', failed_at, 'UTC'), count(*) FROM fresh
                GROUP BY 1, 2 ORDER BY 1, 2
                ON CONFLICT (fingerprint, hour) DO UPDATE SET letters = h.letters + excluded.letters
            )
            SELECT count(*) FROM fresh
            """)

    /// The lane that revived a task closed the letters it saw; these came while it did.
    static let settle = PostgresStatement(
        "letters_settle",
        sql: """
            UPDATE dead_letters d SET state = 'redriven', closed_at = clock_timestamp()
            FROM task_execution_history t
            WHERE d.state = 'open' AND d.received_at > clock_timestamp() - interval '2 minutes' AND d.kind = 'task'
              AND t.run_id = d.run_id AND t.task_id = d.task_id AND t.attempt_base >= d.attempts
            """)

    static let open = PostgresStatement(
        "letters_open",
        sql: """
            SELECT reason, count(*), greatest(0, extract(epoch FROM clock_timestamp() - min(failed_at)))::float8
            FROM dead_letters WHERE state = 'open' GROUP BY reason ORDER BY reason
            """)
}
