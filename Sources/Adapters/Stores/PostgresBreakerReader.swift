internal import Postgres
public import Workflow

/// The circuit breakers of the retry workers in Postgres, as people see and close them.
public final class PostgresBreakerReader: BreakerShowing, BreakerClosing {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func openBreakers() throws(AccessFailure) -> [BreakerEntry] {
        try access.query(Self.open).map(Self.breaker)
    }

    public func close(handler: String, tenantID: String?, _ wish: Wish) throws(AccessFailure) -> [BreakerEntry] {
        let tenant = tenantID.map(PostgresParameter.string) ?? .null
        return try access.query(Self.closing, [.string(handler), tenant] + wish.parameters).map(Self.breaker)
    }

    private static func breaker(_ row: PostgresRow) -> BreakerEntry {
        var breaker = BreakerEntry()
        breaker.handler = row.string(0) ?? ""
        breaker.tenantID = row.string(1) ?? ""
        breaker.state = row.string(2) ?? ""
        breaker.openedAt = row.string(3) ?? ""
        breaker.reason = row.string(4) ?? ""
        breaker.parked = row.int(5) ?? 0
        return breaker
    }

    /// Its version moves on, so a worker that has read it before changes nothing. Failures from before do not open it
    /// again; what is parked while this goes on is freed by the workers' next look.
    private static let closing = PostgresStatement(
        "breakers_close", [.text, .text, .text, .text, .text],
        sql: """
            WITH shown AS (
                SELECT handler, tenant_id, \(rfc3339("opened_at")) AS since, reason, parked
                FROM open_breakers WHERE handler = $1 AND ($2 IS NULL OR tenant_id = $2)
            ), closed AS (
                UPDATE handler_breakers b
                SET state = 'closed', version = b.version + 1, openings = 0, wave = 0, wave_size = 0,
                    changed_at = now(), changed_by = coalesce($4, 'somebody')
                FROM shown s WHERE b.handler = s.handler AND b.tenant_id = s.tenant_id AND b.state <> 'closed'
                RETURNING b.handler, b.tenant_id
            ), ended AS (
                DELETE FROM breaker_waves m USING closed c WHERE m.handler = c.handler AND m.tenant_id = c.tenant_id
            ), freed AS (
                UPDATE task_retries r SET parked = false
                FROM closed c WHERE r.parked AND r.handler = c.handler AND r.tenant_id = c.tenant_id
            ), noted AS (
                INSERT INTO audit_log (request_id, action, actor, reason, outcome, detail, at)
                SELECT $3, 'breaker_close', $4, $5, 'done',
                       $1 || ' for ' || string_agg(tenant_id, ', ' ORDER BY tenant_id), clock_timestamp()
                FROM closed HAVING count(*) > 0)
            SELECT s.handler, s.tenant_id, 'closed', s.since, s.reason, s.parked
            FROM shown s JOIN closed USING (handler, tenant_id) ORDER BY s.tenant_id
            """)

    private static let open = PostgresStatement(
        "breakers_open",
        sql: """
            SELECT handler, tenant_id, state, \(rfc3339("opened_at")), reason, parked
            FROM open_breakers ORDER BY opened_at
            """)
}
