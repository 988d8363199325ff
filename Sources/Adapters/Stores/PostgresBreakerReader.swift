internal import Postgres
public import Workflow

/// The circuit breakers of the retry workers in Postgres.
public final class PostgresBreakerReader: BreakerShowing {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func openBreakers() throws(AccessFailure) -> [BreakerEntry] {
        try access.query(Self.open).map { row in
            var breaker = BreakerEntry()
            breaker.handler = row.string(0) ?? ""
            breaker.tenantID = row.string(1) ?? ""
            breaker.state = row.string(2) ?? ""
            breaker.openedAt = row.string(3) ?? ""
            breaker.reason = row.string(4) ?? ""
            breaker.parked = row.int(5) ?? 0
            return breaker
        }
    }

    private static let open = PostgresStatement(
        "breakers_open",
        sql: """
            SELECT handler, tenant_id, state, \(rfc3339("opened_at")), reason, parked
            FROM open_breakers ORDER BY opened_at
            """)
}
