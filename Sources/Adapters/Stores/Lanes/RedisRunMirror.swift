public import Platform
public import Redis
public import Workflow

/// Run states in Redis, sent and forgotten: a Redis that is away or slow costs its own picture, never a turn.
public final class RedisRunMirror: RunMirror {
    private let connection: RedisConnection
    /// Of a key, up to the run's id.
    private let prefix: [UInt8]
    private let timeToLive: Int
    private var batch = RedisBatch()
    private let health: Health
    private let voice: Int

    /// Writes only what is newer than what is there; epoch before batch. A mark that nobody's end stands for goes.
    private static let script = RedisScript(
        """
        local old = redis.call('GET', KEYS[1])
        if old then
          local epoch = tonumber(string.match(old, '"epoch":(%d+),"batch":%d+}$'))
          local batch = tonumber(string.match(old, '"batch":(%d+)}$'))
          local newEpoch, newBatch = tonumber(ARGV[2]), tonumber(ARGV[3])
          if epoch and batch and (epoch > newEpoch or (epoch == newEpoch and batch > newBatch)) then return 0 end
        end
        redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
        if ARGV[5] == '' then redis.call('DEL', KEYS[2]) else redis.call('SET', KEYS[2], ARGV[5], 'EX', ARGV[4]) end
        return 1
        """)

    private static let state = Array(":state".utf8)
    private static let cancel = Array(":cancel".utf8)

    public init(_ connection: RedisConnection, prefix: String, timeToLive: Int, health: Health, voice: Int = 0) {
        self.voice = voice
        self.health = health
        self.connection = connection
        self.prefix = Array("\(prefix)run:".utf8)
        self.timeToLive = timeToLive
        connection.register(Self.script)
    }

    public func write(_ entries: [MirrorEntry]) {
        for chunk in stride(from: 0, to: entries.count, by: 500) {
            batch.clear()
            for entry in entries[chunk..<min(chunk + 500, entries.count)] { add(entry) }
            if let error = connection.post(batch) { return health.down("redis", "\(error)", by: voice) }
        }
    }

    private func add(_ entry: MirrorEntry) {
        batch.evaluate(Self.script, keys: 2, arguments: 5)
        batch.add(prefix, entry.runID.bytes, Self.state)
        batch.add(prefix, entry.runID.bytes, Self.cancel)
        batch.add(entry.json)
        batch.add(Int(entry.epoch))
        batch.add(Int(entry.batch))
        batch.add(timeToLive)
        batch.add(Self.text(entry.cancelMark))
    }

    /// `1` for the whole run; else the time, in microseconds, up to which dispatched tasks are to end.
    private static func text(_ mark: Microseconds?) -> String {
        mark.map { $0 == .max ? "1" : String($0) } ?? ""
    }

    public func collect() {
        if connection.state == .gone { _ = connection.post(probe) }
        connection.collect()
        switch connection.state {
        case .ready: health.up("redis", by: voice)
        case .connecting: break
        case .gone: health.down("redis", connection.lastError.map { "\($0)" } ?? "not connected", by: voice)
        }
    }

    private var probe: RedisBatch {
        var batch = RedisBatch()
        batch.command("PING")
        return batch
    }
}
