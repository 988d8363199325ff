import Foundation
import Testing

@testable import Postgres

/// The Postgres these tests run against; without one they are skipped, and say so.
enum TestPostgres {
    static let url = ProcessInfo.processInfo.environment["FLOWFLEET_TEST_POSTGRES"]
    static var isThere: Bool { url != nil }
    static let reason: Comment = "FLOWFLEET_TEST_POSTGRES names no Postgres"

    /// - `port`: of a relay in front of it.
    static func settings(port: Int? = nil) throws -> PostgresSettings {
        var url = try #require(Self.url)
        if let port {
            var components = try #require(URLComponents(string: url))
            components.host = "127.0.0.1"
            components.port = port
            url = try #require(components.string)
        }
        return PostgresSettings(url: url)
    }

    static func port() throws -> Int {
        let components = URLComponents(string: try #require(url))
        return components?.port ?? 5432
    }

    static func connect(port: Int? = nil, _ change: (inout PostgresSettings) -> Void = { _ in }) throws
        -> PostgresConnection
    {
        var settings = try settings(port: port)
        change(&settings)
        let connection = PostgresConnection(settings)
        try connection.connect()
        return connection
    }
}

/// A table of one test, dropped at the end.
final class Scratch {
    let name = "scratch_\(UInt64.random(in: 0 ... .max))"
    let connection: PostgresConnection

    init(_ columns: String = "id int8 PRIMARY KEY, note text") throws {

        connection = try TestPostgres.connect()
        try connection.execute("CREATE TABLE \(name) (\(columns))")
    }

    deinit {
        _ = try? connection.execute("DROP TABLE IF EXISTS \(name)")
    }

    var insert: PostgresStatement {
        PostgresStatement("insert_\(name)", [.int8, .text], sql: "INSERT INTO \(name) (id, note) VALUES ($1, $2)")
    }

    func count(_ condition: String = "true") throws -> Int {
        let rows = try connection.execute("SELECT count(*) FROM \(name) WHERE \(condition)")
        return try #require(rows[0][0].int(0))
    }
}

let sleepStatement = PostgresStatement("test_sleep", [.float8], sql: "SELECT pg_sleep($1)")

extension PostgresOutcome {
    var results: [PostgresResult]? { if case .committed(let results) = self { results } else { nil } }
    var refusal: PostgresError? { if case .refused(let error) = self { error } else { nil } }
    var doubt: PostgresError? { if case .unknown(let error) = self { error } else { nil } }
}
