import Testing

@testable import Postgres

@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason))
struct PostgresValueTests {
    let connection: PostgresConnection

    init() throws { connection = try TestPostgres.connect() }

    @Test func `every scalar comes back as it went`() throws {
        let statement = PostgresStatement(
            "scalars", [.bool, .int2, .int4, .int8, .float8, .text, .text, .jsonb, .bytea, .timestamptz],
            sql: "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10 = '2026-11-21T12:00:00.000001Z'::timestamptz")
        let time: Int64 = 1_795_262_400_000_001
        let result = try connection.query(
            statement,
            [
                .bool(true), .int2(-7), .int4(Int32.min), .int8(Int64.max), .float8(-0.25), .text(Array("é".utf8)),
                .string(""), .jsonb(Array(#"{"a":[1]}"#.utf8)[...]), .bytea([0, 255, 10][...]), .timestamptz(time),
            ])
        #expect(result.count == 1 && result.columns == 11)
        let row = result[0]
        #expect(row.bool(0) == true)
        #expect(row.int(1) == -7)
        #expect(row.int(2) == Int(Int32.min))
        #expect(row.int(3) == Int.max)
        #expect(row.double(4) == -0.25)
        #expect(row.string(5) == "é")
        #expect(row.bytes(6) == [])
        #expect(row.string(7) == #"{"a": [1]}"#)
        #expect(row.bytes(8) == [0, 255, 10])
        #expect(row.unixMicroseconds(9) == time)
        #expect(row.bool(10) == true)
    }

    @Test func `null fits every type and reads as nil`() throws {
        let types: [PostgresType] = [
            .bool, .int8, .float8, .text, .jsonb, .timestamptz, .array(.text),
        ]
        let statement = PostgresStatement("nulls", types, sql: "SELECT $1, $2, $3, $4, $5, $6, $7")
        let row = try connection.query(statement, Array(repeating: .null, count: 7))[0]
        #expect((0..<7).allSatisfy { row.isNull($0) })
        #expect(row.bool(0) == nil && row.int(1) == nil && row.double(2) == nil && row.string(3) == nil)
        #expect(row.bytes(4) == nil && row.unixMicroseconds(5) == nil)
    }

    @Test func `every array comes back in order with its nulls`() throws {
        let types: [PostgresType] = [.bool, .int2, .int4, .int8, .float8, .text, .jsonb, .bytea, .timestamptz]
        let builders = types.map { PostgresArrayBuilder($0) }
        // Twice: a cleared builder is as good as a new one.
        for round in 0..<2 {
            for builder in builders { builder.clear() }
            fill(builders, rounds: round + 1)
            let result = try connection.query(arrays(types), builders.map { .array($0) })
            #expect(result.count == 2 * (round + 1))
            for (index, row) in result.enumerated() where index % 2 == 0 {
                #expect(row.bool(0) == false && row.int(1) == 1 && row.int(2) == -2 && row.int(3) == 3)
                #expect(row.double(4) == 0.5 && row.string(5) == "x" && row.string(6) == "[null]")
                #expect(row.bytes(7) == [0] && row.unixMicroseconds(8) == 0)
                let next = result[index + 1]
                #expect((0..<9).allSatisfy { next.isNull($0) })
            }
        }
    }

    @Test func `an empty array gives no rows`() throws {
        let statement = PostgresStatement("empty", [.array(.text)], sql: "SELECT * FROM unnest($1)")
        let result = try connection.query(statement, [.array(PostgresArrayBuilder(.text))])
        #expect(result.count == 0)
    }

    @Test func `infinite times stay infinite`() throws {
        let statement = PostgresStatement(
            "infinity", [.timestamptz, .timestamptz],
            sql: "SELECT $1, $2, $1 = 'infinity'::timestamptz, $2 = '-infinity'::timestamptz")
        let row = try connection.query(statement, [.timestamptz(.max), .timestamptz(.min)])[0]
        #expect(row.unixMicroseconds(0) == .max && row.unixMicroseconds(1) == .min)
        #expect(row.bool(2) == true && row.bool(3) == true)
    }

    @Test func `scripts give their results as text`() throws {
        let results = try connection.execute("SELECT 42, true, 'x', NULL, 1.5::float8; SELECT 1 WHERE false")
        #expect(results.count == 2)
        let row = results[0][0]
        #expect(row.int(0) == 42 && row.bool(1) == true && row.string(2) == "x" && row.isNull(3))
        #expect(row.double(4) == 1.5)
        #expect(results[1].isEmpty)
    }

    @Test func `a session is set up for prepared statements that live long`() throws {
        let names = ["plan_cache_mode", "enable_seqscan", "jit", "TimeZone", "client_encoding", "application_name"]
        let expected = ["force_generic_plan", "off", "off", "UTC", "UTF8", "flowfleet"]
        for (name, value) in zip(names, expected) {
            let shown = try connection.execute("SHOW \(name)")[0][0].string(0)
            #expect(shown == value, "\(name)")
        }
        let commits = try connection.execute("SHOW synchronous_commit")[0][0].string(0)
        #expect(commits == "on")
        #expect(connection.backendPID > 0)
    }

    private func fill(_ builders: [PostgresArrayBuilder], rounds: Int) {
        for _ in 0..<rounds {
            builders[0].append(false)
            for (index, value) in [1, -2, 3].enumerated() { builders[index + 1].append(value) }
            builders[4].append(0.5)
            builders[5].append("x")
            builders[6].append(Array("[null]".utf8)[...])
            builders[7].append([0] as [UInt8])
            builders[8].append(unixMicroseconds: 0)
            for builder in builders { builder.appendNull() }
        }
    }

    private func arrays(_ types: [PostgresType]) -> PostgresStatement {
        let places = (1...types.count).map { "$\($0)" }.joined(separator: ", ")
        return PostgresStatement("arrays", types.map { .array($0) }, sql: "SELECT * FROM unnest(\(places))")
    }
}
