internal import Postgres
public import Workflow

/// Keys of the API in Postgres. Whether one is over is judged by the reader's clock; ends are set by Postgres'.
public final class PostgresKeys: KeyKeeping {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func keys() throws(AccessFailure) -> [AccessKey] {
        try access.query(Self.all).map { row in
            var key = AccessKey(
                prefix: row.string(0) ?? "", secretHash: row.bytes(1) ?? [], name: row.string(2) ?? "",
                tenantID: row.string(3),
                scopes: (row.string(4) ?? "").split(separator: ",").map(String.init))
            key.createdAt = row.unixMicroseconds(5) ?? 0
            key.expiresAt = row.unixMicroseconds(6)
            key.revokedAt = row.unixMicroseconds(7)
            key.lastUsedAt = row.unixMicroseconds(8)
            key.rotatedFrom = row.string(9)
            return key
        }
    }

    public func create(_ key: AccessKey, _ wish: Wish) throws(AccessFailure) -> Bool {
        let text: (String?) -> PostgresParameter = { $0.map(PostgresParameter.string) ?? .null }
        let made = try access.insert(
            Self.create,
            [
                .string(key.prefix), .bytea(key.secretHash[...]), .string(key.name), text(key.tenantID),
                .string(key.scopes.joined(separator: ",")), key.expiresAt.map { .timestamptz($0) } ?? .null,
                text(key.rotatedFrom),
            ] + wish.parameters)
        return made != nil
    }

    public func end(_ prefix: String, afterSeconds seconds: Int, _ wish: Wish) throws(AccessFailure) -> Bool {
        let found = try access.query(Self.end, [.string(prefix), .float8(Double(seconds))] + wish.parameters)
        return found[0].int(0) ?? 0 > 0
    }

    public func noteUse(_ uses: [(prefix: String, at: Microseconds)]) throws(AccessFailure) {
        let prefixes = PostgresArrayBuilder(.text)
        let times = PostgresArrayBuilder(.int8)
        for use in uses {
            prefixes.append(use.prefix)
            times.append(Int(use.at))
        }
        _ = try access.query(Self.noteUse, [.array(prefixes), .array(times)])
    }

    /// Those that are over give way to those that open something.
    private static let all = PostgresStatement(
        "keys_all",
        sql: """
            SELECT prefix, secret_hash, name, tenant_id, scopes, created_at, expires_at, revoked_at, last_used_at,
                   rotated_from
            FROM (SELECT * FROM api_keys
                  ORDER BY coalesce(least(expires_at, revoked_at) < clock_timestamp(), false), created_at DESC
                  LIMIT 10000) k
            ORDER BY created_at DESC, prefix
            """)

    private static let create = PostgresStatement(
        "keys_create",
        [.text, .bytea, .text, .text, .text, .timestamptz, .text, .text, .text, .text],
        sql: """
            WITH made AS (
                INSERT INTO api_keys
                    (prefix, secret_hash, name, tenant_id, scopes, expires_at, rotated_from, created_by)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $9)
                RETURNING prefix, rotated_from
            )
            INSERT INTO audit_log (request_id, action, tenant_id, actor, reason, outcome, detail, at)
            SELECT $8, CASE WHEN rotated_from IS NULL THEN 'key_create' ELSE 'key_rotate' END, $4, $9, $10, 'done',
                   prefix, clock_timestamp()
            FROM made
            """)

    private static let end = PostgresStatement(
        "keys_end", [.text, .float8, .text, .text, .text],
        sql: """
            WITH ended AS (
                UPDATE api_keys SET revoked_at = clock_timestamp() + $2 * interval '1 second'
                WHERE prefix = $1 AND (revoked_at IS NULL OR revoked_at > clock_timestamp() + $2 * interval '1 second')
                RETURNING prefix, tenant_id
            ), noted AS (
                INSERT INTO audit_log (request_id, action, tenant_id, actor, reason, outcome, detail, at)
                SELECT $3, 'key_revoke', tenant_id, $4, $5, 'done', prefix, clock_timestamp() FROM ended)
            SELECT count(*) FROM ended
            """)

    private static let noteUse = PostgresStatement(
        "keys_note_use", [.array(.text), .array(.int8)],
        sql: """
            UPDATE api_keys k SET last_used_at = t.at
            FROM (SELECT prefix, to_timestamp(at / 1000000.0) FROM unnest($1, $2) AS u (prefix, at)) AS t (prefix, at)
            WHERE k.prefix = t.prefix AND (k.last_used_at IS NULL OR k.last_used_at < t.at)
            """)
}
