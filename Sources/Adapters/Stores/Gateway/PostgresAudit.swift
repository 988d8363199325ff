internal import Postgres
public import Workflow

/// The audit log as the gateway writes it: many entries in one statement.
public final class PostgresAudit: AuditKeeping {
    private let access: PostgresAccess
    private let columns = (0..<7).map { _ in PostgresArrayBuilder(.text) }

    public init(_ access: PostgresAccess) { self.access = access }

    public func note(_ entries: [AuditEntry]) throws(AccessFailure) {
        for column in columns { column.clear() }
        for entry in entries {
            let values: [String?] = [
                entry.requestID, entry.action.rawValue, entry.runID, entry.tenantID, entry.actor, entry.reason,
                entry.detail,
            ]
            for (column, value) in zip(columns, values) { column.append(value) }
        }
        _ = try access.query(Self.note, columns.map { .array($0) })
    }

    public func refuse(_ entries: [AuditEntry], because detail: String) throws(AccessFailure) {
        for column in columns { column.clear() }
        for entry in entries {
            columns[0].append(entry.requestID)
            columns[1].append(entry.runID ?? "")
        }
        _ = try access.query(Self.refuse, [.array(columns[0]), .array(columns[1]), .string(detail)])
    }

    // Each once, for one statement cannot change a row twice; in one order, so that two gateways never wait in a ring.
    private static let note = PostgresStatement(
        "audit_note", [PostgresType](repeating: .array(.text), count: 7),
        sql: """
            INSERT INTO audit_log (request_id, action, run_id, tenant_id, actor, reason, outcome, detail, at)
            SELECT DISTINCT ON (request_id, coalesce(run_id, ''))
                   request_id, action, run_id, tenant_id, actor, reason, 'done', detail, clock_timestamp()
            FROM unnest($1, $2, $3, $4, $5, $6, $7)
                 AS t (request_id, action, run_id, tenant_id, actor, reason, detail)
            ON CONFLICT (request_id, coalesce(run_id, '')) DO UPDATE SET outcome = 'done', detail = EXCLUDED.detail
            WHERE audit_log.outcome = 'refused' AND audit_log.action = 'run_start' AND EXCLUDED.action = 'run_start'
            """)

    private static let refuse = PostgresStatement(
        "audit_refuse", [.array(.text), .array(.text), .text],
        sql: """
            UPDATE audit_log a SET outcome = 'refused', detail = $3
            FROM unnest($1, $2) AS t (request_id, run_id)
            WHERE a.request_id = t.request_id AND coalesce(a.run_id, '') = t.run_id
            """)
}
