import Execution
import Foundation
import JSON
import Platform
import Redis
import Stores
import Testing
import Workflow

/// What the executor shows and hears through a real Redis, and that it never waits for one that is not there.
@Suite struct RedisPortTests {
    private static let url = ProcessInfo.processInfo.environment["FLOWFLEET_TEST_REDIS"]
    static var isThere: Bool { url != nil }

    private let prefix = "test\(UInt64.random(in: 0 ... .max)):"

    private func address() throws -> RedisAddress { try RedisAddress(try #require(Self.url)) }

    private func get(_ key: String) throws -> String? {
        var batch = RedisBatch()
        batch.command("GET", prefix + key)
        let connection = RedisConnection(try address())
        defer { connection.close() }
        guard case .replies(let replies) = connection.call(batch) else { return nil }
        return replies.first?.bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    private func lifetime(_ key: String) throws -> Int? {
        var batch = RedisBatch()
        batch.command("TTL", prefix + key)
        let connection = RedisConnection(try address())
        defer { connection.close() }
        guard case .replies(let replies) = connection.call(batch) else { return nil }
        return replies.first?.integer
    }

    private func identity(_ name: String) -> WorkerIdentity {
        WorkerIdentity(
            workerID: name, program: "flowfleet-executor", host: "h1", processID: 7, version: "0.1.0",
            since: 1_795_269_900_123_000, handlers: ["echo", "sleep"], pools: ["default"])
    }

    private func lease(_ task: String, progress: String? = nil) -> TaskLease {
        TaskLease(
            runID: Array("r1".utf8)[...], taskID: Array(task.utf8)[...], attempt: 2, since: 1_795_269_900_123_000,
            progress: progress.map { Array($0.utf8)[...] })
    }

    /// Looks until it is so, at most ten seconds.
    private func becomes(_ isSo: () throws -> Bool) rethrows -> Bool {
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            if try isSo() { return true }
        }
        return false
    }

    @Test(.enabled(if: isThere, "FLOWFLEET_TEST_REDIS names no Redis"))
    func `who runs what, since when and how far is there to see, and goes with its end`() throws {
        let board = RedisWorkerBoard(try address(), prefix: prefix, identity: identity("w1"))
        var picture = WorkerPicture()
        picture.slots = 4
        picture.slotsInUse = 2
        picture.leases = [lease("a", progress: #"{"done":0.5}"#), lease("b")]
        board.show(picture)
        let isShown = try becomes { try get("task:r1:b:lease") != nil }
        #expect(isShown)
        let text = try get("task:r1:a:lease")
        let since = "2026-11-21T14:05:00.123Z"
        #expect(text == #"{"worker_id":"w1","attempt":2,"since":"\#(since)","progress":{"done":0.5}}"#)
        let left = try lifetime("task:r1:a:lease")
        #expect(left.map { (1...30).contains($0) } == true)
        let heartbeat = try get("worker:w1") ?? ""
        let value = try JSONValue(
            validating: Array(heartbeat.utf8)[...], limits: JSONLimits(maxDepth: 8, maxBytes: 10_000))
        #expect(value.member("slots_in_use")?.int == 2)
        #expect(value.member("handlers")?.bytes.elementsEqual(#"["echo","sleep"]"#.utf8) == true)
        #expect(value.member("host")?.bytes.elementsEqual(#""h1""#.utf8) == true)

        picture.leases = [lease("b")]
        board.show(picture)
        let isEnded = try becomes { try get("task:r1:a:lease") == nil }
        #expect(isEnded)
        board.clear()
        let rest = [try get("task:r1:b:lease"), try get("worker:w1")]
        #expect(rest == [nil, nil])
    }

    @Test(.enabled(if: isThere, "FLOWFLEET_TEST_REDIS names no Redis"))
    func `a lease that another worker has by now stays`() throws {
        let first = RedisWorkerBoard(try address(), prefix: prefix, identity: identity("w1"))
        let second = RedisWorkerBoard(try address(), prefix: prefix, identity: identity("w2"))
        var picture = WorkerPicture()
        picture.leases = [lease("a")]
        first.show(picture)
        let isFirst = try becomes { try get("task:r1:a:lease")?.contains("w1") ?? false }
        second.show(picture)
        let isSecond = try becomes { try get("task:r1:a:lease")?.contains("w2") ?? false }
        #expect(isFirst && isSecond)
        first.clear()
        let text = try get("task:r1:a:lease")
        #expect(text?.contains("w2") == true)
        second.clear()
    }

    @Test(.enabled(if: isThere, "FLOWFLEET_TEST_REDIS names no Redis"))
    func `a run's handlers hear within a second that it is cancelled`() throws {
        let health = Health("test", needs: [], uses: ["redis"])
        let signals = RedisTaskSignals(try address(), prefix: prefix, health: health)
        let running = [Array("r1".utf8), Array("r2".utf8)]
        let isConnected = becomes {
            _ = signals.cancelled(among: running)
            return health.condition(of: "redis") == .up
        }
        #expect(isConnected)
        var batch = RedisBatch()
        batch.command("SET", prefix + "run:r2:cancel", "1", "EX", "60")
        let connection = RedisConnection(try address())
        _ = connection.call(batch)
        let began = ContinuousClock.now
        var cancelled: [CancelMark] = []
        // As the executor asks: every 200 ms.
        _ = becomes {
            _ = poll(nil, 0, 200)
            cancelled = signals.cancelled(among: running)
            return !cancelled.isEmpty
        }
        #expect(cancelled == [CancelMark(runID: Array("r2".utf8))])
        #expect(ContinuousClock.now - began < .seconds(1))
    }

    @Test(.enabled(if: isThere, "FLOWFLEET_TEST_REDIS names no Redis"))
    func `a run's mark is a time where it may live again, and goes when it does`() throws {
        let mirror = RedisRunMirror(
            RedisConnection(try address()), prefix: prefix, timeToLive: 60,
            health: Health("test", needs: [], uses: ["redis"]))
        let signals = RedisTaskSignals(
            try address(), prefix: prefix, health: Health("test", needs: [], uses: ["redis"]))
        let json = Array(#"{"status":"failed","epoch":1,"batch":1}"#.utf8)[...]
        func show(_ batch: Int64, _ mark: Microseconds?) -> MirrorEntry {
            MirrorEntry(runID: "r9", epoch: 1, batch: batch, json: json, cancelMark: mark)
        }
        let isMarked = try becomes {
            mirror.collect()
            mirror.write([show(1, 1_234_567)])
            return try get("run:r9:cancel") == "1234567"
        }
        var found: [CancelMark] = []
        let isHeard = becomes {
            found += signals.cancelled(among: [Array("r9".utf8)])
            return !found.isEmpty
        }
        #expect(isMarked && isHeard)
        #expect(found.first == CancelMark(runID: Array("r9".utf8), limit: 1_234_567))
        let isGone = try becomes {
            mirror.write([show(2, nil)])
            return try get("run:r9:cancel") == nil
        }
        #expect(isGone)
    }

    @Test func `a Redis that is not there costs nobody a moment`() throws {
        let address = try RedisAddress("redis://127.0.0.1:1")
        let board = RedisWorkerBoard(address, prefix: prefix, identity: identity("w1"))
        let signals = RedisTaskSignals(address, prefix: prefix, health: Health("test", needs: [], uses: ["redis"]))
        var picture = WorkerPicture()
        picture.leases = (0..<1_000).map { lease("t\($0)") }
        let began = ContinuousClock.now
        for _ in 0..<100 {
            board.show(picture)
            let cancelled = signals.cancelled(among: [Array("r1".utf8)])
            #expect(cancelled.isEmpty)
        }
        board.clear()
        #expect(ContinuousClock.now - began < .seconds(2))
    }
}
