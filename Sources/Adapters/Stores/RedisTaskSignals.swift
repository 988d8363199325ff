public import Platform
public import Redis
import Synchronization
public import Workflow

/// Looks for `run:{run_id}:cancel` in Redis, and for a pause at the beginning of `run:{run_id}:state`, on a thread of
/// its own: the executor's thread only leaves its question and takes the answer to the last one. Redis gone: nobody is
/// cancelled or paused.
public final class RedisTaskSignals: TaskSignals {
    private struct Exchange {
        var runs: [[UInt8]] = []
        var hasQuestion = false
        var cancelled: [CancelMark] = []
        /// Runs asked for that may be paused, and those found so.
        var segments: [[UInt8]] = []
        var paused: [[UInt8]] = []
        var isClosed = false
    }

    private struct Question {
        var runs: [[UInt8]] = []
        var segments: [[UInt8]] = []
    }

    private struct Answer {
        var cancelled: [CancelMark] = []
        var paused: [[UInt8]] = []
    }

    private let exchange: Monitor<Exchange>

    /// - `health`: told whether Redis answers, as `redis`.
    public init(_ address: RedisAddress, prefix: String, health: Health) {
        let exchange = Monitor(Exchange())
        self.exchange = exchange
        _ = NamedThread("cancel-signals", stackBytes: 512 << 10) {
            let connection = RedisConnection(address)
            _ = RedisTaskSignals.ask(Question(), connection, prefix, health)
            while let question = RedisTaskSignals.question(exchange) {
                let answer = RedisTaskSignals.ask(question, connection, prefix, health)
                exchange.update {
                    $0.cancelled += answer.cancelled
                    $0.paused = answer.paused
                }
            }
            connection.close()
        }
    }

    deinit {
        exchange.update { $0.isClosed = true }
    }

    public func cancelled(among running: [[UInt8]]) -> [CancelMark] {
        exchange.update { exchange in
            exchange.runs = running
            exchange.hasQuestion = true
            defer { exchange.cancelled = [] }
            return exchange.cancelled
        }
    }

    public func paused(among running: [[UInt8]]) -> [[UInt8]] {
        exchange.update { exchange in
            exchange.segments = running
            return exchange.paused
        }
    }

    /// The next question; one without runs every five seconds, so that health stays true. Nil at the end.
    private static func question(_ exchange: Monitor<Exchange>) -> Question? {
        let found: Question?? = exchange.wait(within: .seconds(5)) { exchange in
            if exchange.isClosed { return .some(nil) }
            guard exchange.hasQuestion else { return nil }
            exchange.hasQuestion = false
            return Question(runs: exchange.runs, segments: exchange.segments)
        }
        return found ?? Question()
    }

    private static func ask(
        _ question: Question, _ connection: RedisConnection, _ prefix: String, _ health: Health
    ) -> Answer {
        var batch = RedisBatch()
        batch.command("PING")
        for run in question.runs {
            batch.begin(words: 2)
            batch.add("GET")
            batch.add(key(prefix, run, ":cancel"))
        }
        for run in question.segments {
            batch.begin(words: 4)
            batch.add("GETRANGE")
            batch.add(key(prefix, run, ":state"))
            batch.add(0)
            batch.add(stateBytes)
        }
        switch connection.call(batch) {
        case .unavailable(let error):
            health.down("redis", "\(error)")
            return Answer()
        case .replies(let replies):
            health.up("redis")
            let states = replies.dropFirst(1 + question.runs.count)
            return Answer(
                cancelled: zip(question.runs, replies.dropFirst()).compactMap { mark($0, $1.bytes) },
                paused: zip(question.segments, states).filter { saysPaused($0.1.bytes ?? []) }.map(\.0))
        }
    }

    /// A time up to which dispatched tasks are to end; anything else means the whole run.
    private static func mark(_ run: [UInt8], _ value: [UInt8]?) -> CancelMark? {
        guard let value else { return nil }
        let time = Microseconds(String(decoding: value, as: UTF8.self)) ?? 1
        return CancelMark(runID: run, limit: time > 1 ? time : .max)
    }

    private static func key(_ prefix: String, _ run: [UInt8], _ end: String) -> [UInt8] {
        Array("\(prefix)run:".utf8) + run + Array(end.utf8)
    }

    /// The state begins with two ids, which escapes may make six times as long, and then its status.
    private static let stateBytes = 3_200

    /// Unescaped quotes stand in no text, so this is the run's own status and nothing else.
    private static func saysPaused(_ state: [UInt8]) -> Bool {
        String(decoding: state, as: UTF8.self).contains(#","status":"paused","tasks":"#)
    }
}
