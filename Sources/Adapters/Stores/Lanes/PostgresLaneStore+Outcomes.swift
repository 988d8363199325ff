import Postgres
public import Workflow

/// How attempts ended, second by second: what opens the circuit breakers of the retry workers.
extension PostgresLaneStore {
    public func noteOutcomes(_ outcomes: [AttemptTally]) throws(StoreError) {
        let (handlers, tenants) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.text))
        let (succeeded, failed) = (PostgresArrayBuilder(.int8), PostgresArrayBuilder(.int8))
        for outcome in outcomes {
            handlers.append(outcome.handler.bytes)
            tenants.append(outcome.tenantID.bytes)
            succeeded.append(outcome.succeeded)
            failed.append(outcome.failed)
        }
        _ = try query(
            Self.noteOutcomes, [.array(handlers), .array(tenants), .array(succeeded), .array(failed)])
    }

    private static let noteOutcomes = PostgresStatement(
        "outcome_note", [.array(.text), .array(.text), .array(.int8), .array(.int8)],
        sql: """
            INSERT INTO handler_outcomes AS o (second, handler, tenant_id, succeeded, failed)
            SELECT date_trunc('second', now()), * FROM unnest($1, $2, $3, $4)
            ON CONFLICT (second, handler, tenant_id) DO UPDATE
            SET succeeded = o.succeeded + EXCLUDED.succeeded, failed = o.failed + EXCLUDED.failed
            """)
}
