import Testing

@testable import Postgres

@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct PostgresPipelineTests {
    @Test func `a pipeline commits all its statements and gives a result for each`() throws {
        let table = try Scratch()
        let connection = table.connection
        connection.begin()
        for id in 1...50 { connection.add(table.insert, [.int8(id), .string("n\(id)")]) }
        connection.send()
        let results = try #require(connection.finish().results)
        #expect(results.count == 50 && results.allSatisfy { $0.affected == 1 })
        let count = try table.count()
        #expect(count == 50)
    }

    @Test func `other work fits between sending and finishing`() throws {
        let connection = try TestPostgres.connect()
        connection.begin()
        connection.add(sleepStatement, [.float8(0.1)])
        connection.send()
        let isReadyAtOnce = connection.isReady
        #expect(!isReadyAtOnce)
        var looks = 0
        while !connection.isReady { looks += 1 }
        #expect(looks > 0)
        let outcome = connection.finish(within: .zero)
        #expect(outcome.results?.count == 1)
    }

    @Test func `five hundred rows of twelve columns go in as one statement`() throws {
        let rows = try TaskRows()
        rows.fill(500)
        for _ in 0..<3 {
            let outcome = rows.commit()
            #expect(outcome.results?.last?.affected == 500)
        }
        let nulls = try rows.scratch.count("error_class IS NULL AND output_data ->> 'n' IS NOT NULL")
        #expect(nulls == 1500)
    }

    @Test func `an error undoes every statement and says which one and why, without values`() throws {
        let table = try Scratch()
        let connection = table.connection
        connection.begin()
        connection.add(table.insert, [.int8(1), .string("secret-value")])
        connection.add(table.insert, [.int8(424_242), .string("secret-value")])
        connection.add(table.insert, [.int8(424_242), .string("secret-value")])
        connection.add(table.insert, [.int8(3), .null])
        let refusal = connection.finish().refusal
        let error = try #require(refusal)
        #expect(error.code == PostgresError.uniqueViolation && error.statement == 2)
        #expect(error.constraint == "\(table.name)_pkey" && !error.isConnection && !error.isPassing)
        #expect(!"\(error)".contains("secret") && !"\(error)".contains("424242"))
        let count = try table.count()
        #expect(count == 0 && connection.isUsable)
    }

    @Test func `a constraint that is checked at commit refuses the pipeline`() throws {
        let table = try Scratch("id int8, note text, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED")
        let connection = table.connection
        connection.begin()
        connection.add(table.insert, [.int8(1), .null])
        connection.add(table.insert, [.int8(1), .null])
        let error = connection.finish().refusal
        #expect(error?.code == PostgresError.uniqueViolation && error?.statement == nil)
        let again = connection.query(committing: table.insert, [.int8(2), .null])
        #expect(again.results?.count == 1)
        let count = try table.count()
        #expect(count == 1)
    }

    @Test func `a statement skipped after an error is prepared when it is next needed`() throws {
        let table = try Scratch()
        let connection = table.connection
        let failing = PostgresStatement("failing_\(table.name)", [], sql: "SELECT 1 / 0")
        connection.begin()
        connection.add(failing)
        connection.add(table.insert, [.int8(1), .null])
        let error = connection.finish().refusal
        #expect(error?.code == "22012" && error?.statement == 0)
        for id in 1...2 {
            let outcome = connection.query(committing: table.insert, [.int8(id), .null])
            #expect(outcome.results?.count == 1)
        }
    }

    @Test func `a statement that cannot be prepared refuses the pipeline`() throws {
        let connection = try TestPostgres.connect()
        let wrong = PostgresStatement("wrong", [], sql: "SELECT * FROM no_such_table")
        connection.begin()
        connection.add(wrong)
        let error = connection.finish().refusal
        #expect(error?.code == PostgresError.undefinedTable && error?.statement == 0)
        #expect(connection.isUsable)
    }

    @Test func `a session that lost its prepared statements is given up`() throws {
        let table = try Scratch()
        let connection = try TestPostgres.connect()
        _ = connection.query(committing: table.insert, [.int8(1), .null])
        try connection.execute("DEALLOCATE ALL")
        let error = connection.query(committing: table.insert, [.int8(2), .null]).refusal
        #expect(error?.code == "26000")
        #expect(!connection.isUsable)
    }

    @Test func `twenty megabytes each way pass without a deadlock`() throws {
        let connection = try TestPostgres.connect()
        let echo = PostgresStatement("echo", [.bytea], sql: "SELECT $1")
        let megabyte = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0) }
        connection.begin()
        for _ in 0..<20 { connection.add(echo, [.bytea(megabyte[...])]) }
        connection.send()
        let results = try #require(connection.finish().results)
        let isSame = results.allSatisfy { $0[0].withBytes(0) { $0.map { $0.elementsEqual(megabyte) } ?? false } }
        #expect(results.count == 20 && isSame)
    }

    @Test func `ten thousand small statements pass in one pipeline`() throws {
        let connection = try TestPostgres.connect()
        let statement = PostgresStatement("small", [.int8, .text], sql: "SELECT $1, $2")
        connection.begin()
        for id in 0..<10_000 { connection.add(statement, [.int8(id), .string("value \(id)")]) }
        let results = try #require(connection.finish().results)
        #expect(results.count == 10_000 && results[9_999][0].string(1) == "value 9999")
    }

    @Test func `an empty pipeline commits nothing`() throws {
        let connection = try TestPostgres.connect()
        connection.begin()
        let outcome = connection.finish()
        #expect(outcome.results?.isEmpty == true)
    }

    @Test func `the server ends a statement that takes too long`() throws {
        let connection = try TestPostgres.connect { $0.statementTimeout = .milliseconds(50) }
        let error = connection.query(committing: sleepStatement, [.float8(10)]).refusal
        #expect(error?.code == PostgresError.queryCanceled && error?.isPassing == true)
        #expect(connection.isUsable)
    }

    @Test func `the server ends a wait for a lock`() throws {
        let table = try Scratch()
        try table.connection.execute("BEGIN; LOCK TABLE \(table.name)")
        let connection = try TestPostgres.connect { $0.lockTimeout = .milliseconds(50) }
        let error = connection.query(committing: table.insert, [.int8(1), .null]).refusal
        #expect(error?.code == PostgresError.lockNotAvailable)
        try table.connection.execute("COMMIT")
    }
}

extension PostgresConnection {
    func query(committing statement: PostgresStatement, _ parameters: [PostgresParameter]) -> PostgresOutcome {
        begin()
        add(statement, parameters)
        send()
        return finish()
    }
}
