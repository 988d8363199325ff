import Foundation
import Synchronization
import Testing

@testable import Postgres
@testable import Stores

@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct MigratorTests {
    private let database = try? ScratchDatabase()

    @Test func `an empty database is brought up once, however many try at the same time`() throws {
        let database = try #require(database)
        let settings = database.settings
        let before = try SchemaState.read(from: try database.connect())
        #expect(before == .older(found: 0, needed: Migrator.newest))
        let applied = Mutex<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
            let steps = try? Migrator(settings).migrate()
            applied.withLock { $0.append(steps.map { $0.filter(\.isNew).count } ?? -1) }
        }
        let counts = applied.withLock { $0.sorted() }
        let after = try SchemaState.read(from: try database.connect())
        #expect(after == .current)
        let again = try Migrator(settings).migrate()
        #expect(again.last?.version == Migrator.newest && again.allSatisfy { !$0.isNew })
        #expect(counts == [0, 0, 0, 0, 0, again.count])
    }

    @Test func `a step that was applied with other text is refused, and a newer schema is told`() throws {
        let database = try #require(database)
        _ = try Migrator(database.settings).migrate()
        let connection = try database.connect()
        try connection.execute("UPDATE schema_migrations SET sha256 = 'other' WHERE version = 1")
        #expect(throws: (any Error).self) { try Migrator(database.settings).migrate() }
        try connection.execute("INSERT INTO schema_migrations (version, name, sha256) VALUES (9999, 'later', '')")
        let state = try SchemaState.read(from: connection)
        #expect(state == .newer(found: 9999, known: Migrator.newest))
    }
}

/// A database of one test, dropped at the end.
final class ScratchDatabase {
    let settings: PostgresSettings
    private let name: String
    private let owner: PostgresConnection

    init() throws {
        name = "scratch_\(UInt64.random(in: 0 ... .max))"
        owner = try TestPostgres.connect()
        try owner.execute("CREATE DATABASE \(name)")
        let url = try #require(TestPostgres.url)
        var components = try #require(URLComponents(string: url))
        components.path = "/" + name
        settings = PostgresSettings(url: try #require(components.string))
    }

    deinit {
        _ = try? owner.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }

    func connect() throws -> PostgresConnection {
        let connection = PostgresConnection(settings)
        try connection.connect()
        return connection
    }
}
