import Foundation
import Testing

@testable import Postgres

/// What a pipeline's outcome says must be true in the database, wherever the connection dies.
@Suite(.enabled(if: TestPostgres.isThere, TestPostgres.reason), .timeLimit(.minutes(2)))
struct PostgresLossTests {
    /// Cuts the connection after every so many bytes of a pipeline, from before its first to behind its last.
    @Test func `a connection cut at any byte never makes a refused pipeline commit`() throws {
        let table = try Scratch()
        let relay = try Relay(to: TestPostgres.port())
        defer { relay.close() }
        var seen = ["committed": 0, "refused": 0, "unknown": 0]
        let size = try pipelineSize(table, relay)
        let cuts = Array(stride(from: 0, to: size - 8, by: 61)) + Array(size - 8...size + 1)
        for (id, cut) in cuts.enumerated() {
            let connection = try TestPostgres.connect(port: relay.port)
            relay.cut(afterClientBytes: cut)
            let backend = connection.backendPID
            let outcome = pipeline(connection, table, id: id * 10)
            connection.close()
            relay.heal()
            try settle(table, backend)
            let count = try table.count("id / 10 = \(id)")
            switch outcome {
            case .committed:
                seen["committed", default: 0] += 1
                #expect(count == 3, "cut at \(cut) of \(size)")
            case .refused(let error):
                seen["refused", default: 0] += 1
                #expect(count == 0 && error.isConnection, "cut at \(cut) of \(size)")
            case .unknown(let error):
                seen["unknown", default: 0] += 1
                let wasWhole = cut >= size
                #expect(count == (wasWhole ? 3 : 0) && error.isConnection, "cut at \(cut) of \(size)")
            }
        }
        #expect(seen["unknown"]! > 10, "\(seen)")
    }

    @Test func `a commit whose answer never arrives is unknown, in time, and recorded`() throws {
        let table = try Scratch()
        let relay = try Relay(to: TestPostgres.port())
        defer { relay.close() }
        let connection = try TestPostgres.connect(port: relay.port)
        relay.holdServer()
        connection.begin()
        connection.add(table.insert, [.int8(1), .null])
        connection.send()
        let start = ContinuousClock.now
        let error = connection.finish(within: .milliseconds(150)).doubt
        let took = ContinuousClock.now - start
        #expect(error?.code == PostgresError.noAnswer && took < .seconds(2) && !connection.isUsable)
        let count = try table.count()
        #expect(count == 1)
    }

    @Test func `an error read before the connection died stays a refusal`() throws {
        let connection = try TestPostgres.connect()
        connection.begin()
        connection.add(PostgresStatement("failing", [], sql: "SELECT 1 / 0"))
        _ = connection.handle?.flush()
        connection.handle?.wait(writing: false, Deadline(after: .seconds(5)))
        let isReady = connection.isReady
        connection.close()
        let error = connection.finish().refusal
        #expect(!isReady && error?.code == "22012" && !connection.isUsable)
    }

    @Test func `a backend ended before the Sync refuses, one ended in the middle leaves a doubt that nothing backs`()
        throws
    {
        let table = try Scratch()
        let early = try TestPostgres.connect()
        early.begin()
        early.add(table.insert, [.int8(1), .null])
        try end(early, by: table)
        early.add(table.insert, [.int8(2), .null])
        let first = early.finish()
        #expect(first.results == nil && !early.isUsable)

        let late = try TestPostgres.connect()
        late.begin()
        late.add(table.insert, [.int8(3), .null])
        late.add(sleepStatement, [.float8(30)])
        late.send()
        let waiting = "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = \(late.backendPID)"
        while try table.connection.execute(waiting)[0][0].bool(0) != true {}
        try end(late, by: table)
        let second = late.finish(within: .seconds(5))
        #expect(second.doubt?.code == "57P01" && second.doubt?.statement == 1 && !late.isUsable)
        let count = try table.count()
        #expect(count == 0)
    }

    @Test func `a session that ended while idle commits nothing, and connecting again makes it whole`() throws {
        let table = try Scratch()
        let connection = try TestPostgres.connect()
        let before = connection.query(committing: table.insert, [.int8(1), .null])
        #expect(before.results?.count == 1)
        let backend = connection.backendPID
        try end(connection, by: table)
        try settle(table, backend)
        connection.handle?.wait(writing: false, Deadline(after: .seconds(5)))
        let outcome = connection.query(committing: table.insert, [.int8(2), .null])
        // Nearly always a refusal; a doubt if the server's last words are here, but not yet the end of the stream.
        let error = outcome.refusal ?? outcome.doubt
        #expect(error?.isConnection == true && !connection.isUsable, "\(outcome)")
        try connection.connect()
        let after = connection.query(committing: table.insert, [.int8(2), .null])
        #expect(after.results?.count == 1)
    }

    @Test func `backends ended at random moments never make an outcome lie`() throws {
        let table = try Scratch()
        var random = SeededRandom()
        for id in 0..<60 {
            let connection = try TestPostgres.connect()
            connection.begin()
            for row in 0..<5 { connection.add(table.insert, [.int8(id * 10 + row), .null]) }
            connection.send()
            usleep(UInt32.random(in: 0..<1500, using: &random))
            let backend = connection.backendPID
            try end(connection, by: table)
            let outcome = connection.finish(within: .seconds(5))
            connection.close()
            try settle(table, backend)
            let count = try table.count("id / 10 = \(id)")
            #expect(count == 0 || count == 5)
            if outcome.results != nil { #expect(count == 5, "seed \(random.seed)") }
            if outcome.refusal != nil { #expect(count == 0, "seed \(random.seed)") }
        }
    }

    @Test func `nothing hangs on a server that accepts and stays silent`() throws {
        let (socket, port) = try Sockets.listen()
        defer { Sockets.close(socket) }
        var settings = PostgresSettings(url: "postgresql://u:hidden-word@127.0.0.1:\(port)/d")
        settings.connectTimeout = .milliseconds(100)
        let connection = PostgresConnection(settings)
        let start = ContinuousClock.now
        let error = #expect(throws: PostgresError.self) { try connection.connect() }
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(error?.code == PostgresError.noAnswer && error?.isConnection == true)
        #expect(!"\(String(describing: error)) \(settings) \(String(reflecting: settings))".contains("hidden-word"))
        #expect("\(settings)" == "127.0.0.1:\(port)/d")
    }

    @Test func `a wrong URL and a closed port are told without the password`() throws {
        let (socket, port) = try Sockets.listen()
        Sockets.close(socket)
        for url in ["postgresql://u:hid/den@h:5:5/d", "postgresql://u:hidden@127.0.0.1:\(port)/d", "hidden"] {
            let connection = PostgresConnection(PostgresSettings(url: url))
            let error = #expect(throws: PostgresError.self) { try connection.connect() }
            #expect(error?.code == PostgresError.cannotConnect, "\(url)")
            #expect(!"\(String(describing: error))".contains("hid"))
        }
    }

    @Test func `a connection that was never made or is closed refuses`() throws {
        let connection = PostgresConnection(try TestPostgres.settings())
        let first = connection.query(committing: sleepStatement, [.float8(0)]).refusal
        #expect(first?.isConnection == true)
        try connection.connect()
        connection.close()
        let second = connection.query(committing: sleepStatement, [.float8(0)]).refusal
        #expect(second?.isConnection == true && connection.backendPID == 0)
        #expect(throws: PostgresError.self) { try connection.execute("SELECT 1") }
    }

    // MARK: tools

    private func pipeline(_ connection: PostgresConnection, _ table: Scratch, id: Int) -> PostgresOutcome {
        connection.begin()
        for row in 0..<3 { connection.add(table.insert, [.int8(id + row), .string("some text")]) }
        connection.send()
        return connection.finish(within: .seconds(5))
    }

    private func pipelineSize(_ table: Scratch, _ relay: Relay) throws -> Int {
        let connection = try TestPostgres.connect(port: relay.port)
        let before = relay.clientBytes
        let outcome = pipeline(connection, table, id: 1_000_000)
        #expect(outcome.results?.count == 3)
        return relay.clientBytes - before
    }

    /// Waits until the server's side of a lost session has gone: what could still commit has.
    private func settle(_ table: Scratch, _ backend: Int) throws {
        let alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = \(backend)"
        while try table.connection.execute(alive)[0][0].int(0) != 0 {}
    }

    private func end(_ connection: PostgresConnection, by table: Scratch) throws {
        try table.connection.execute("SELECT pg_terminate_backend(\(connection.backendPID))")
    }
}

/// Random numbers that can be repeated: the seed is printed with a failure.
struct SeededRandom: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64 = .random(in: 0 ... .max)) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
