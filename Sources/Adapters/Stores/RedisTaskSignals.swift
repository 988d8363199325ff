public import Platform
public import Redis
import Synchronization
public import Workflow

/// Looks for `run:{run_id}:cancel` in Redis, on a thread of its own: the executor's thread only leaves its question and
/// takes the answer to the last one. Redis gone: nobody is cancelled.
public final class RedisTaskSignals: TaskSignals {
    private struct Exchange {
        var runs: [[UInt8]] = []
        var hasQuestion = false
        var cancelled: [[UInt8]] = []
        var isClosed = false
    }

    private let exchange: Monitor<Exchange>

    /// - `health`: told whether Redis answers, as `redis`.
    public init(_ address: RedisAddress, prefix: String, health: Health) {
        let exchange = Monitor(Exchange())
        self.exchange = exchange
        _ = NamedThread("cancel-signals", stackBytes: 512 << 10) {
            let connection = RedisConnection(address)
            _ = RedisTaskSignals.ask([], connection, prefix, health)
            while let runs = RedisTaskSignals.question(exchange) {
                let answer = RedisTaskSignals.ask(runs, connection, prefix, health)
                if !answer.isEmpty { exchange.update { $0.cancelled += answer } }
            }
            connection.close()
        }
    }

    deinit {
        exchange.update { $0.isClosed = true }
    }

    public func cancelled(among running: [[UInt8]]) -> [[UInt8]] {
        exchange.update { exchange in
            exchange.runs = running
            exchange.hasQuestion = true
            defer { exchange.cancelled = [] }
            return exchange.cancelled
        }
    }

    /// The next question; one without runs every five seconds, so that health stays true. Nil at the end.
    private static func question(_ exchange: Monitor<Exchange>) -> [[UInt8]]? {
        let found: [[UInt8]]?? = exchange.wait(within: .seconds(5)) { exchange in
            if exchange.isClosed { return .some(nil) }
            guard exchange.hasQuestion else { return nil }
            exchange.hasQuestion = false
            return exchange.runs
        }
        return found ?? []
    }

    private static func ask(
        _ runs: [[UInt8]], _ connection: RedisConnection, _ prefix: String, _ health: Health
    ) -> [[UInt8]] {
        var batch = RedisBatch()
        batch.command("PING")
        for run in runs {
            batch.begin(words: 2)
            batch.add("EXISTS")
            batch.add(Array("\(prefix)run:".utf8) + run + Array(":cancel".utf8))
        }
        switch connection.call(batch) {
        case .unavailable(let error):
            health.down("redis", "\(error)")
            return []
        case .replies(let replies):
            health.up("redis")
            return zip(runs, replies.dropFirst()).filter { $0.1.integer == 1 }.map(\.0)
        }
    }
}
