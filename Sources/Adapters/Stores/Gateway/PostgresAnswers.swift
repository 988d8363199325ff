internal import Postgres
public import Workflow

/// Kept answers in Postgres: the row is taken by whoever inserts it, or finds it given up.
public final class PostgresAnswers: AnswerKeeping {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func claim(
        _ name: AnswerName, bodyHash: [UInt8], seed: String, seconds: Int
    ) throws(AccessFailure) -> AnswerClaim {
        let place: [PostgresParameter] = [.string(name.caller), .string(name.route), .string(name.key)]
        let claim = place + [.bytea(bodyHash[...]), .string(seed), .int4(seconds)]
        if let row = try access.query(Self.claim, claim).first {
            return .ours(seed: row.string(0) ?? seed)
        }
        guard let row = try access.query(Self.read, place).first else { return .busy }
        guard row.bytes(0) == bodyHash else { return .otherBody }
        guard let status = row.int(1) else { return .busy }
        return .answered(KeptAnswer(status: status, headers: row.string(2) ?? "", body: row.bytes(3) ?? []))
    }

    public func keep(_ answer: KeptAnswer, as name: AnswerName) throws(AccessFailure) {
        _ = try access.query(
            Self.keep,
            [
                .string(name.caller), .string(name.route), .string(name.key), .int4(answer.status),
                .string(answer.headers), .bytea(answer.body[...]),
            ])
    }

    public func release(_ name: AnswerName) throws(AccessFailure) {
        _ = try access.query(Self.release, [.string(name.caller), .string(name.route), .string(name.key)])
    }

    public func sweep() throws(AccessFailure) -> Int { try access.query(Self.sweep).affected }

    /// A row that is too old counts as none. One whose claim ran out goes on with its seed, but only for the same body.
    private static let claim = PostgresStatement(
        "answers_claim", [.text, .text, .text, .bytea, .text, .int4],
        sql: """
            INSERT INTO idempotency_keys AS k (caller, route, key, body_hash, seed, claimed_until)
            VALUES ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
            ON CONFLICT (caller, route, key) DO UPDATE
            SET body_hash = $4, claimed_until = clock_timestamp() + make_interval(secs => $6),
                seed = CASE WHEN k.created_at < clock_timestamp() - interval '24 hours' THEN $5 ELSE k.seed END,
                created_at = CASE WHEN k.created_at < clock_timestamp() - interval '24 hours'
                             THEN clock_timestamp() ELSE k.created_at END,
                status = NULL, headers = NULL, body = NULL
            WHERE k.created_at < clock_timestamp() - interval '24 hours'
               OR k.status IS NULL AND k.claimed_until < clock_timestamp() AND k.body_hash = $4
            RETURNING seed
            """)

    private static let read = PostgresStatement(
        "answers_read", [.text, .text, .text],
        sql:
            "SELECT body_hash, status, headers, body FROM idempotency_keys WHERE caller = $1 AND route = $2 AND key = $3"
    )

    private static let keep = PostgresStatement(
        "answers_keep", [.text, .text, .text, .int4, .text, .bytea],
        sql: """
            UPDATE idempotency_keys SET status = $4, headers = $5, body = $6
            WHERE caller = $1 AND route = $2 AND key = $3
            """)

    /// Not removed: the next try goes on with the same seed, in case something was done after all.
    private static let release = PostgresStatement(
        "answers_release", [.text, .text, .text],
        sql: """
            UPDATE idempotency_keys SET claimed_until = 'epoch'
            WHERE caller = $1 AND route = $2 AND key = $3 AND status IS NULL
            """)

    private static let sweep = PostgresStatement(
        "answers_sweep",
        sql: """
            DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '24 hours'
                LIMIT 10000))
            """)
}
