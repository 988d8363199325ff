import JSON
internal import Postgres
public import Workflow

/// The inbox: results that wait for pick-up.
public final class PostgresResults: ResultReading {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func results(
        _ wanted: ResultSelection, limit: Int, after place: ResultPlace?
    ) throws(AccessFailure) -> [KeptResult] {
        var list = SQLConditions(wanted)
        if let place {
            let time = list.place(.timestamptz, .timestamptz(place.createdAt))
            list.add("(created_at, id) < (\(time), \(list.place(.text, .string(place.id))))", "k")
        }
        let most = list.place(.int8, .int8(limit))
        let statement = PostgresStatement(
            "result_list_\(list.name)", list.types,
            sql: """
                SELECT \(ResultSQL.columns), NULL FROM results r
                WHERE \(list.sql) ORDER BY created_at DESC, id DESC LIMIT \(most)
                """)
        return try access.query(statement, list.parameters).map(Self.result)
    }

    public func result(_ id: String, tenantID: String?) throws(AccessFailure) -> KeptResult? {
        try access.query(ResultSQL.one, [.string(id), tenantID.map { .string($0) } ?? .null]).first.map(Self.result)
    }

    public func redeem(
        _ id: String, code: String?, by actor: String?, tenantID: String?
    ) throws(AccessFailure) -> Redemption {
        let tenant: PostgresParameter = tenantID.map { .string($0) } ?? .null
        let hash: PostgresParameter = code.map { .string(PickUpCode.hash($0)) } ?? .null
        let parameters: [PostgresParameter] = [.string(id), tenant, hash, actor.map { .string($0) } ?? .null]
        guard let row = try access.query(ResultSQL.redeem, parameters).first else {
            return try result(id, tenantID: tenantID) == nil ? .unknown : .wrongCode
        }
        return .redeemed(Self.result(row))
    }

    public func add(code: String, to id: String) throws(AccessFailure) {
        _ = try access.query(ResultSQL.addCode, [.string(id), .string(PickUpCode.hash(code))])
    }

    private static func result(_ row: PostgresRow) -> KeptResult {
        var kept = KeptResult()
        kept.id = row.string(0) ?? ""
        kept.runID = row.string(1) ?? ""
        kept.ending = row.int(2) ?? 1
        kept.flowID = row.string(3) ?? ""
        kept.tenantID = row.string(4) ?? ""
        kept.userID = row.string(5) ?? ""
        kept.sessionID = row.string(6) ?? ""
        kept.status = row.string(7) ?? ""
        kept.url = row.string(8)
        kept.depth = row.string(9)
        kept.labels = row.slice(10)
        kept.reason = row.string(11) ?? ""
        kept.createdAt = row.unixMicroseconds(12) ?? 0
        kept.expiresAt = row.unixMicroseconds(13) ?? 0
        kept.redeemedAt = row.unixMicroseconds(14)
        kept.redeemedBy = row.string(15)
        kept.results = row.slice(16) ?? []
        return kept
    }
}

/// Statements of the inbox.
private enum ResultSQL {
    static let columns = """
        id, run_id, ending, flow_id, tenant_id, user_id, session_id, status, url, depth, labels, reason, created_at,
        expires_at, redeemed_at, redeemed_by
        """
    static let one = PostgresStatement(
        "result_one", [.text, .text],
        sql: "SELECT \(columns), results FROM results WHERE id = $1 AND ($2 IS NULL OR tenant_id = $2)")
    /// The newest of them: $1 id · $2 hash of the code
    static let addCode = PostgresStatement(
        "result_add_code", [.text, .text],
        sql: """
            UPDATE results
            SET code_hashes = (array_append(code_hashes, $2))[greatest(1, cardinality(code_hashes) - 30):]
            WHERE id = $1
            """)
    /// The first time is in the audit log.
    /// $1 id · $2 tenant · $3 hash of the code · $4 actor
    static let redeem = PostgresStatement(
        "result_redeem", [.text, .text, .text, .text],
        sql: """
            WITH found AS (
                SELECT id AS found_id, redeemed_at IS NULL AS is_first FROM results
                WHERE id = $1 AND ($2 IS NULL OR tenant_id = $2) AND ($3 IS NULL OR $3 = ANY (code_hashes))
                FOR UPDATE),
            taken AS (
                UPDATE results
                SET redeemed_at = coalesce(redeemed_at, now()), redeemed_by = coalesce(redeemed_by, $4)
                FROM found WHERE id = found_id RETURNING *),
            noted AS (
                INSERT INTO audit_log (request_id, action, run_id, actor, outcome, detail, at, tenant_id)
                SELECT 'redeem/' || id, 'result_redeem', run_id, $4, 'done', id, clock_timestamp(), tenant_id
                FROM taken WHERE is_first ON CONFLICT (request_id, coalesce(run_id, '')) DO NOTHING),
            marked AS (
                UPDATE deliveries d SET state = 'redeemed', ended_at = now() FROM taken
                WHERE d.run_id = taken.run_id AND d.ending = taken.ending AND d.kind = 'end' AND d.state = 'orphaned')
            SELECT \(columns), results FROM taken
            """)
}

extension SQLConditions {
    /// Of a selection of results; the query calls the result `r`.
    fileprivate init(_ wanted: ResultSelection) {
        self.init(of: "r")
        equal("run_id", wanted.runID, "r")
        equal("url", wanted.url.map { WebAddress($0)?.withoutUser ?? $0 }, "u")
        equal("user_id", wanted.userID, "p")
        equal("tenant_id", wanted.tenantID, "t")
        between(wanted.since, wanted.until, "created_at")
        if wanted.isOpenOnly { add("r.redeemed_at IS NULL", "o") }
    }
}
