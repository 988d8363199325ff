internal import Postgres
public import Workflow

/// The audit log in Postgres.
public final class PostgresAuditReader: AuditReading {
    private let access: PostgresAccess

    public init(_ access: PostgresAccess) { self.access = access }

    public func entries(_ filter: AuditFilter) throws(AccessFailure) -> [AuditRecord] {
        let words = [filter.runID, filter.requestID, filter.actor, filter.action]
        let parameters = words.map { $0.map(PostgresParameter.string) ?? .null }
        // A run has an index; a plan that serves every filter could not use it.
        let statement = filter.runID == nil ? Self.all : Self.ofRun
        let before = filter.before.map { PostgresParameter.int8($0) } ?? .null
        return try access.query(statement, parameters + [before, .int8(filter.limit)]).map(Self.record)
    }

    private static func record(_ row: PostgresRow) -> AuditRecord {
        var record = AuditRecord()
        record.id = row.int(0) ?? 0
        record.at = row.string(1) ?? ""
        record.action = row.string(2) ?? ""
        record.runID = row.string(3)
        record.actor = row.string(4)
        record.reason = row.string(5)
        record.outcome = row.string(6) ?? ""
        record.detail = row.string(7)
        record.requestID = row.string(8) ?? ""
        record.code = row.string(9)
        return record
    }

    private static let types: [PostgresType] = [.text, .text, .text, .text, .int8, .int8]
    private static let all = PostgresStatement("audit_list", types, sql: sql("($1 IS NULL OR run_id = $1)"))
    private static let ofRun = PostgresStatement("audit_list_run", types, sql: sql("run_id = $1"))

    private static func sql(_ run: String) -> String {
        """
        SELECT id, \(rfc3339("at")), action, run_id, actor, reason, outcome, detail, request_id, code FROM audit_log
        WHERE \(run) AND ($2 IS NULL OR request_id = $2) AND ($3 IS NULL OR actor = $3)
          AND ($4 IS NULL OR action = $4) AND ($5 IS NULL OR id < $5)
        ORDER BY id DESC LIMIT $6
        """
    }
}
