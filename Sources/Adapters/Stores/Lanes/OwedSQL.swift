import Postgres
import Workflow

/// What a turn owes to people, after its runs: the database copies what it needs from their rows.
enum OwedSQL {
    /// The first address in the input; a member `url` goes first. Without a user and a password, which are no part of
    /// where something is.
    private static let url = """
        left(regexp_replace(coalesce(substring(i.input ->> 'url' FROM '^https?://[^[:space:]]+'),
                                     substring(i.input::text FROM '"(https?://[^"\\\\[:space:]]+)')),
                            '^(https?://)[^/?#]*@', '\\1'), 2000)
        """

    static let insert = PostgresStatement(
        "delivery_insert", [.array(.text), .array(.int4), .array(.text)],
        sql: """
            INSERT INTO deliveries (run_id, ending, kind, tenant_id, user_id, session_id, flow_id, due_at, url, event)
            SELECT r.run_id, t.ending, t.kind, r.tenant_id, r.user_id, r.session_id, r.flow_id, now(), \(url),
                   CASE WHEN t.kind = 'end' THEN json_build_object(
                       'type', 'run.' || r.status, 'timestamp', \(rfc3339("r.completed_at")),
                       'data', json_build_object(
                           'run_id', r.run_id, 'flow_id', r.flow_id, 'status', r.status, 'degraded', r.degraded,
                           'output', r.output_data, 'error', r.error_message, 'tenant_id', r.tenant_id,
                           'user_id', r.user_id, 'session_id', r.session_id, 'correlation_id', r.correlation_id,
                           'labels', r.labels, 'ending', t.ending,
                           'created_at', \(rfc3339("r.created_at")),
                           'completed_at', \(rfc3339("r.completed_at"))))::text END
            FROM unnest($1, $2, $3) AS t(run_id, ending, kind)
            JOIN flow_run_history r ON r.run_id = t.run_id,
                 LATERAL (SELECT coalesce(r.input_data, r.config_snapshot->'initial_state'->'input') AS input) AS i
            ON CONFLICT (run_id, ending, kind) DO NOTHING
            """)
}

extension PostgresLaneStore {
    func addOwed(_ decision: borrowing Decision, _ connection: PostgresConnection) {
        guard !decision.owed.isEmpty else { return }
        let (runs, kinds) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.text))
        let endings = PostgresArrayBuilder(.int4)
        for owed in decision.owed {
            runs.append(owed.runID.bytes)
            endings.append(Int(owed.ending))
            kinds.append(owed.kind.rawValue)
        }
        connection.add(OwedSQL.insert, [.array(runs), .array(endings), .array(kinds)])
    }
}
