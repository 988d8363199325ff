internal import Postgres
public import Workflow

/// Circuit breakers as the retry workers left them in Postgres.
public final class PostgresBreakerReader: BreakerListing {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) {
        self.access = access
    }

    public func openBreakers(handler: String?, tenantID: String?) throws(AccessFailure) -> [BreakerRecord] {
        let parameters = [handler, tenantID].map { $0.map(PostgresParameter.string) ?? .null }
        return try access.query(Self.list, parameters).map { row in
            var breaker = BreakerRecord()
            breaker.handler = row.string(0) ?? ""
            breaker.tenantID = row.string(1) ?? ""
            breaker.state = row.string(2) ?? ""
            breaker.openedAt = row.string(3) ?? ""
            breaker.changedAt = row.string(4) ?? ""
            breaker.openings = row.int(5) ?? 0
            breaker.wave = row.int(6) ?? 0
            breaker.waveSize = row.int(7) ?? 0
            breaker.parked = row.int(8) ?? 0
            breaker.reason = row.string(9) ?? ""
            return breaker
        }
    }

    private static let list = PostgresStatement(
        "breaker_list", [.text, .text],
        sql: """
            SELECT handler, tenant_id, state, \(rfc3339("opened_at")), \(rfc3339("changed_at")), openings, wave,
                   wave_size, parked, reason
            FROM open_breakers WHERE ($1 IS NULL OR handler = $1) AND ($2 IS NULL OR tenant_id = $2)
            ORDER BY handler, tenant_id
            """)
}
