import Testing
import Workflow

@testable import Postgres
@testable import Stores

/// Kept answers on a real Postgres.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct AnswerStoreTests {
    private let database: ScratchDatabase
    private let connection: PostgresConnection
    private let answers: PostgresAnswers
    private let name = AnswerName(caller: "c", route: "POST /v1/runs", key: "k")

    init() throws {
        database = try ScratchDatabase()
        _ = try Migrator(database.settings).migrate()
        connection = try database.connect()
        answers = PostgresAnswers(PostgresAccess(database.settings))
    }

    private func claim(_ body: UInt8 = 1, seed: String, seconds: Int = 80) throws -> AnswerClaim {
        try answers.claim(name, bodyHash: [body], seed: seed, seconds: seconds)
    }

    @Test func `a key is held for as long as its call may take`() throws {
        #expect(try claim(seed: "s-1") == .ours(seed: "s-1"))
        #expect(try claim(seed: "s-2") == .busy && claim(2, seed: "s-2") == .otherBody)
        let row = try connection.execute(
            """
            SELECT claimed_until BETWEEN clock_timestamp() + interval '60 s' AND clock_timestamp() + interval '80 s'
            FROM idempotency_keys
            """)[0][0]
        #expect(row.bool(0) == true)
        #expect(try claim(seed: "s-3", seconds: -1) == .busy, "whoever finds it taken shortens nothing")
    }

    @Test func `the next try goes on with the seed, and an answer that is kept is given again`() throws {
        _ = try claim(seed: "s-1")
        try answers.release(name)
        #expect(try claim(seed: "s-2") == .ours(seed: "s-1"))
        let answer = KeptAnswer(status: 202, headers: "Location: /v1/runs/r", body: [123, 125])
        try answers.keep(answer, as: name)
        try answers.release(name)
        #expect(try claim(seed: "s-3") == .answered(answer))
    }
}
