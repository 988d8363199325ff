import Testing

@testable import Redis

/// What needs no server.
struct RedisValueTests {
    @Test func `addresses are read in all their forms`() throws {
        let plain = try RedisAddress("redis://cache")
        #expect(plain.host == "cache" && plain.port == 6379 && plain.database == 0 && plain.password == nil)
        let full = try RedisAddress("redis://user:p%40ss:w%2Frd@10.0.0.1:6380/3")
        #expect(full.host == "10.0.0.1" && full.port == 6380 && full.database == 3)
        #expect(full.user == "user" && full.password == "p@ss:w/rd")
        let v6 = try RedisAddress("redis://:secret@[::1]:7000/")
        #expect(v6.host == "::1" && v6.port == 7000 && v6.user == nil && v6.password == "secret")
        #expect(!"\(v6) \(String(reflecting: v6))".contains("secret"))
    }

    @Test(arguments: [
        "rediss://h", "http://h", "redis://h:x", "redis://h:0", "redis://h/one", "redis://hidden@h", "redis://:%4@h",
    ])
    func `a wrong address is told without quoting it`(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisAddress(url) }
        #expect(error?.kind == .settings && error?.message.contains("hidden") == false)
        if url.hasPrefix("rediss") { #expect(error?.message.contains("TLS") == true) }
    }

    @Test func `commands are written byte for byte`() {
        var batch = RedisBatch()
        batch.begin(words: 3)
        batch.add("SET")
        batch.add([0, 13, 10])
        batch.add(-7)
        batch.command("PING")
        let expected =
            Array("*3\r\n$3\r\nSET\r\n$3\r\n".utf8) + [0, 13, 10] + Array("\r\n$2\r\n-7\r\n*1\r\n$4\r\nPING\r\n".utf8)
        #expect(batch.encoded == expected && batch.count == 2 && batch.isComplete)
        batch.clear()
        #expect(batch.isEmpty && batch.byteCount == 0)
    }

    @Test func `digests are those of SHA-1`() {
        #expect(SHA1.hex([]) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(SHA1.hex(Array("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(SHA1.hex([UInt8](repeating: 97, count: 1000)) == "291e9a6c66994949b57ba5e650361e98fc36b1ba")
    }

    @Test func `waits double up to the longest and start over after a success`() {
        var reconnection = Reconnection(RedisLimits())
        var now: Int64 = 1_000_000_000
        #expect(reconnection.mayTry(at: now))
        for wait in [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000] as [Int64] {
            reconnection.failed(at: now)
            #expect(!reconnection.mayTry(at: now + wait * 1_000_000 - 1))
            now += wait * 1_000_000
            #expect(reconnection.mayTry(at: now))
        }
        for _ in 0..<100 { reconnection.failed(at: now) }
        #expect(reconnection.mayTry(at: now + 5_000_000_000))
        reconnection.succeeded()
        reconnection.failed(at: now)
        #expect(reconnection.mayTry(at: now + 50_000_000))
    }

    @Test func `replies land with who asked, in order`() {
        var flights = FlightList()
        flights.add(1, .login, at: 1)
        flights.add(2, .posted, at: 2)
        flights.add(2, .awaited, at: 3)
        #expect(flights.outstanding == 2 && flights.silentSince == 1 && flights.isLoggingIn)
        let order = (0..<5).map { flights.land(.integer($0), at: 10 + Int64($0)) }
        #expect(order == [.login, .posted, .posted, .awaited, .awaited])
        #expect(flights.isAnswered && flights.takeAnswer() == [.integer(3), .integer(4)])
        #expect(flights.land(.null, at: 20) == nil && flights.silentSince == nil && flights.outstanding == 0)
    }
}
