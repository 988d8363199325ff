import Testing

@testable import Redis

/// Redis gone, back, slow, silent, forgetful: each an ordinary state.
@Suite(.enabled(if: PrivateRedis.program != nil, PrivateRedis.reason), .timeLimit(.minutes(1)))
struct RedisLossTests {
    private let clock = TestClock()

    private func connection(_ port: Int, login: String = "", _ change: (inout RedisLimits) -> Void = { _ in }) throws
        -> RedisConnection
    {
        var limits = RedisLimits()
        change(&limits)
        let clock = clock
        return RedisConnection(
            try RedisAddress("redis://\(login)127.0.0.1:\(port)"), limits: limits, clock: { clock.now() })
    }

    @Test func `gone and back: calls say so at once, later ones connect again`() throws {
        let server = try PrivateRedis()
        let connection = try connection(server.port)
        #expect(connection.call(.of(["PING"])).replies == [.status("PONG")])
        server.stop()
        #expect(connection.call(.of(["PING"])).error?.kind == .connection && connection.state == .gone)
        #expect(connection.call(.of(["PING"])).error?.kind == .gone)
        clock.pass(.milliseconds(50))
        #expect(connection.call(.of(["PING"])).error?.kind == .connection)
        try server.start()
        #expect(connection.call(.of(["PING"])).error?.kind == .gone)
        clock.pass(.milliseconds(99))
        #expect(connection.post(.of(["PING"]))?.kind == .gone)
        clock.pass(.milliseconds(1))
        #expect(connection.call(.of(["PING"])).replies == [.status("PONG")] && connection.state == .ready)
    }

    @Test func `posts find out that the server is gone and that it is back`() throws {
        let server = try PrivateRedis()
        let connection = try connection(server.port)
        #expect(connection.post(.of(["SET", "k", "1"])) == nil)
        #expect(connection.call(.of(["GET", "k"])).replies == [.bytes([49])])
        server.stop()
        var first: RedisError?
        while first == nil { first = connection.post(.of(["SET", "k", "2"])) }
        #expect(first?.kind == .connection && connection.outstanding == 0)
        try server.start()
        clock.pass(.seconds(5))
        #expect(connection.post(.of(["SET", "k", "3"])) == nil)
        #expect(connection.call(.of(["GET", "k"])).replies == [.bytes([51])])
    }

    @Test func `a server that never answers holds a call no longer than its limit`() throws {
        let (socket, port) = try Sockets.listen()
        defer { Sockets.close(socket) }
        let address = try RedisAddress("redis://127.0.0.1:\(port)")
        let connection = RedisConnection(address)
        let start = ContinuousClock.now
        let error = connection.call(.of(["PING"]), within: .milliseconds(80)).error
        let took = ContinuousClock.now - start
        #expect(error?.kind == .timeout && took >= .milliseconds(80) && took < .seconds(1))
        let second = ContinuousClock.now
        #expect(connection.call(.of(["PING"])).error?.kind == .gone)
        #expect(ContinuousClock.now - second < .milliseconds(40))
    }

    @Test func `posts to a server that never answers are bounded, then it counts as gone`() throws {
        let (socket, port) = try Sockets.listen()
        defer { Sockets.close(socket) }
        let connection = try connection(port) {
            $0.postedCommands = 100
            $0.postedBytes = 1 << 20
        }
        let start = ContinuousClock.now
        for _ in 0..<100 { #expect(connection.post(.of(["PING"])) == nil) }
        #expect(connection.post(.of(["PING"]))?.kind == .full && connection.outstanding == 100)
        #expect(ContinuousClock.now - start < .seconds(1))
        clock.pass(.milliseconds(1001))
        #expect(connection.post(.of(["PING"]))?.kind == .timeout && connection.state == .gone)
        #expect(connection.outstanding == 0)
    }

    @Test func `bytes of posts that the socket does not take are bounded`() throws {
        let (socket, port) = try Sockets.listen()
        defer { Sockets.close(socket) }
        let connection = try connection(port)
        let big = String(repeating: "x", count: 1 << 20)
        let outcomes = (0..<40).map { _ in connection.post(.of(["SET", "k", big])) }
        #expect(outcomes.first == .some(nil) && outcomes.last??.kind == .full)
    }

    @Test func `a server that falls silent later counts as gone`() throws {
        let server = try PrivateRedis()
        let relay = try Relay(to: server.port)
        defer { relay.close() }
        let connection = try connection(relay.port)
        #expect(connection.call(.of(["PING"])).replies?.count == 1)
        relay.holdServer()
        #expect(connection.post(.of(["PING"])) == nil)
        connection.collect()
        #expect(connection.state == .ready)
        clock.pass(.milliseconds(2001))
        connection.collect()
        #expect(connection.state == .gone && connection.lastError?.kind == .timeout)
    }

    @Test func `login and database are taken again with every connection`() throws {
        let server = try PrivateRedis(["--requirepass", "pass/word"])
        let relay = try Relay(to: server.port)
        defer { relay.close() }
        let address = try RedisAddress("redis://:pass%2Fword@127.0.0.1:\(relay.port)/5")
        let clock = clock
        let connection = RedisConnection(address, clock: { clock.now() })
        #expect(connection.call(.of(["SET", "k", "in five"])).replies == [.status("OK")])
        relay.cut()
        #expect(connection.call(.of(["GET", "k"])).error?.kind == .connection)
        relay.heal()
        clock.pass(.seconds(1))
        #expect(connection.call(.of(["GET", "k"])).replies == [.bytes(Array("in five".utf8))])
    }

    @Test func `a wrong password is a login error that does not show it`() throws {
        let server = try PrivateRedis(["--requirepass", "right"])
        for login in [":hidden-word@", "user:hidden-word@", ""] {
            let connection = try connection(server.port, login: login)
            let error = connection.call(.of(["PING"])).error
            #expect(error?.kind == .login && connection.state == .gone)
            #expect(!"\(String(describing: error))".contains("hidden-word"))
        }
    }

    @Test func `scripts are loaded again after a restart and after the server forgot them`() throws {
        let server = try PrivateRedis()
        let connection = try connection(server.port)
        let script = RedisScript("return 1")
        connection.register(script)
        var batch = RedisBatch()
        batch.evaluate(script, keys: 0, arguments: 0)
        #expect(connection.call(batch).replies == [.integer(1)])
        #expect(connection.call(.of(["SCRIPT", "FLUSH"])).replies?.count == 1)
        #expect(connection.call(batch).replies?.first?.error?.hasPrefix("NOSCRIPT") == true)
        #expect(connection.call(batch).replies == [.integer(1)])
        server.stop()
        _ = connection.call(batch)
        try server.start()
        clock.pass(.seconds(5))
        #expect(connection.call(batch).replies == [.integer(1)])
    }
}
