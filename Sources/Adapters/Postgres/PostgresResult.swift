import CPostgres

/// The rows one statement gave.
///
/// Owns its PGresult: taken from libpq in `init`, freed in `deinit`. Independent of the connection it came from.
@safe
public final class PostgresResult {
    private let handle: OpaquePointer

    init(owning handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    deinit {
        unsafe PQclear(handle)
    }

    public var count: Int { Int(unsafe PQntuples(handle)) }
    public var columns: Int { Int(unsafe PQnfields(handle)) }

    /// Rows inserted, updated, deleted or given.
    public var affected: Int {
        Int(unsafe String(cString: PQcmdTuples(handle))) ?? 0
    }

    public subscript(row: Int) -> PostgresRow {
        precondition(row >= 0 && row < count, "row \(row) of \(count)")
        return PostgresRow(result: self, index: Int32(row))
    }

    var status: ExecStatusType { unsafe PQresultStatus(handle) }

    /// Nil when libpq made the error up itself, for a connection that is gone.
    var report: ServerReport? {
        guard let code = field(pg_field_sqlstate), let severity = field(pg_field_severity) else {
            return nil
        }
        return ServerReport(
            severity: severity, code: code, message: field(pg_field_message) ?? "",
            detail: field(pg_field_detail), constraint: field(pg_field_constraint))
    }

    var clientMessage: String { unsafe String(cString: PQresultErrorMessage(handle)) }

    /// The bytes of one value, or nil for NULL. They live as long as the result.
    func value(_ row: Int32, _ column: Int) -> UnsafeRawBufferPointer? {
        let column = Int32(column)
        precondition(unsafe column >= 0 && column < PQnfields(handle), "no column \(column)")
        if unsafe PQgetisnull(handle, row, column) == 1 { return nil }
        let length = Int(unsafe PQgetlength(handle, row, column))
        return unsafe UnsafeRawBufferPointer(start: PQgetvalue(handle, row, column), count: length)
    }

    func isBinary(_ column: Int) -> Bool { unsafe PQfformat(handle, Int32(column)) == 1 }
    func type(_ column: Int) -> UInt32 { unsafe PQftype(handle, Int32(column)) }

    private func field(_ code: Int32) -> String? {
        guard let text = unsafe PQresultErrorField(handle, code) else { return nil }
        return unsafe String(cString: text)
    }
}

extension PostgresResult: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
}
