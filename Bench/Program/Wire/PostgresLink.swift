import CPostgres

/// Raw libpq: one connection, prepared statements, one pipeline a turn.
final class PostgresLink {
    private let connection: OpaquePointer

    init(_ address: String) throws {
        guard let connection = PQconnectdb(address) else { throw BenchError("libpq: no connection") }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else { throw BenchError("Postgres: \(words)") }
    }

    deinit { PQfinish(connection) }

    private var words: String { PQerrorMessage(connection).map { String(cString: $0) } ?? "no words" }

    /// One statement; the rows as text.
    @discardableResult
    func query(_ sql: String) throws -> [[String]] {
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        guard [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(result)) else {
            throw BenchError("Postgres: \(words)\(sql)")
        }
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { String(cString: PQgetvalue(result, row, $0)) }
        }
    }

    func number(_ sql: String) throws -> Double? { try query(sql).first?.first.flatMap { Double($0) } }

    func prepare(_ name: String, _ sql: String) throws {
        let result = PQprepare(connection, name, sql, 0, nil)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw BenchError("Postgres: \(words)") }
    }

    func enterPipeline() throws {
        guard PQenterPipelineMode(connection) == 1 else { throw BenchError("Postgres: \(words)") }
    }

    /// Queues one prepared statement with binary arrays.
    func add(_ name: String, _ columns: [ArrayColumn]) throws {
        for column in columns { column.finish() }
        let values: [UnsafePointer<CChar>?] = columns.map { UnsafePointer($0.start) }
        let lengths = columns.map { Int32($0.count) }
        let formats = columns.map { _ in Int32(1) }
        guard PQsendQueryPrepared(connection, name, Int32(columns.count), values, lengths, formats, 1) == 1 else {
            throw BenchError("Postgres: \(words)")
        }
    }

    /// Ends the transaction that the queued statements are, and waits for its outcome.
    func commit() throws {
        guard PQpipelineSync(connection) == 1 else { throw BenchError("Postgres: \(words)") }
        while true {
            guard let result = PQgetResult(connection) else { continue }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC: return
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: continue
            default: throw BenchError("Postgres: \(words)")
            }
        }
    }
}
