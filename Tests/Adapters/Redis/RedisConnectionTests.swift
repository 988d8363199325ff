import Testing

@testable import Redis

@Suite(.enabled(if: TestRedis.isThere, TestRedis.reason))
struct RedisConnectionTests {
    let connection: RedisConnection
    let key = TestRedis.key()

    init() throws { connection = RedisConnection(try TestRedis.address()) }

    @Test func `a batch gives one reply for each command, in order`() {
        let answer = connection.call(
            .of(
                ["SET", key, "v", "EX", "60"], ["GET", key], ["GET", "\(key):none"], ["INCR", key], ["STRLEN", key],
                ["RPUSH", "\(key):l", "a", "b"], ["LRANGE", "\(key):l", "0", "-1"], ["EXPIRE", "\(key):l", "60"]))
        let replies = answer.replies ?? []
        #expect(replies.count == 8 && connection.state == .ready)
        #expect(replies[0] == .status("OK") && replies[1] == .bytes(Array("v".utf8)) && replies[2] == .null)
        #expect(replies[3].error?.hasPrefix("ERR") == true && replies[4] == .integer(1))
        #expect(replies[6] == .array([.bytes([97]), .bytes([98])]))
    }

    @Test func `values of any bytes and of many megabytes come back whole`() {
        let big = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var batch = RedisBatch()
        for (name, value) in [("big", big), ("odd", [0, 13, 10, 255]), ("empty", [])] {
            batch.begin(words: 5)
            batch.add("SET")
            batch.add("\(key):\(name)")
            batch.add(value)
            batch.add("EX")
            batch.add(60)
        }
        batch.command("MGET", "\(key):big", "\(key):odd", "\(key):empty")
        let values = connection.call(batch).replies?.last?.array
        #expect(values?[0].bytes == big && values?[1].bytes == [0, 13, 10, 255] && values?[2].bytes == [])
    }

    @Test func `a hundred thousand commands in one batch do not lock up`() {
        var batch = RedisBatch()
        for _ in 0..<100_000 { batch.command("PING") }
        let replies = connection.call(batch, within: .seconds(20)).replies
        #expect(replies?.count == 100_000)
    }

    @Test func `posts do not wait, and calls after them see what they did`() {
        for value in 1...1000 {
            let error = connection.post(.of(["SET", key, "\(value)", "EX", "60"]))
            #expect(error == nil)
        }
        let answer = connection.call(.of(["GET", key]))
        #expect(answer.replies == [.bytes(Array("1000".utf8))])
        #expect(connection.outstanding == 0 && connection.refusedPosts == 0)
    }

    @Test func `a refused post is counted and breaks nothing`() {
        _ = connection.post(.of(["SET", key, "text", "EX", "60"], ["INCR", key]))
        let answer = connection.call(.of(["GET", key]))
        #expect(answer.replies == [.bytes(Array("text".utf8))])
        #expect(connection.refusedPosts == 1 && connection.lastRefusal?.contains("integer") == true)
    }

    @Test func `a registered script runs by its digest`() {
        let script = RedisScript("return {KEYS[1], ARGV[1], 7}")
        connection.register(script)
        var batch = RedisBatch()
        batch.evaluate(script, keys: 1, arguments: 1)
        batch.add(key)
        batch.add([1, 0])
        let reply = connection.call(batch).replies?.first
        #expect(reply == .array([.bytes(Array(key.utf8)), .bytes([1, 0]), .integer(7)]))
    }

    @Test func `a newer version is never overwritten by an older one`() {
        let script = RedisScript(
            """
            local seen = tonumber(redis.call('HGET', KEYS[1], 'v') or '-1')
            if seen >= tonumber(ARGV[1]) then return 0 end
            redis.call('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2])
            redis.call('EXPIRE', KEYS[1], 60)
            return 1
            """)
        connection.register(script)
        for version in [1, 3, 2, 3] {
            var batch = RedisBatch()
            batch.evaluate(script, keys: 1, arguments: 2)
            batch.add(key)
            batch.add(version)
            batch.add("state \(version)")
            _ = connection.post(batch)
        }
        let answer = connection.call(.of(["HGET", key, "d"]))
        #expect(answer.replies == [.bytes(Array("state 3".utf8))] && connection.refusedPosts == 0)
    }
}
