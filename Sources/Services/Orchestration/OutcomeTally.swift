import Workflow

/// Counts how attempts end, for the circuit breakers of the retry workers; only of handlers that failed lately, so that
/// a fleet in which nothing fails pays one comparison a turn.
struct OutcomeTally {
    private struct Pair: Hashable {
        let handler: Identifier
        let tenantID: Identifier
    }

    /// Handlers whose successes are counted too, until then.
    private var watched: [Identifier: Microseconds] = [:]
    private var counts: [Pair: (succeeded: Int, failed: Int)] = [:]

    /// Longer than any window of a breaker.
    private static let attention: Microseconds = 3_600_000_000
    /// Pairs counted between two calls of `take`; what comes beyond them is left out.
    private static let limit = 10_000

    /// Failures are counted by attempts, for the row of a task keeps its last error through a redrive or a hand-back.
    mutating func count(_ decision: borrowing Decision, now: Microseconds, run: (Identifier) -> CachedRun?) {
        for attempt in decision.attempts where attempt.status == .failed && attempt.errorClass?.isRetriable == true {
            guard let run = run(attempt.runID), let handler = run.machine.handler(of: attempt.taskID) else { continue }
            watched[handler] = now + Self.attention
            add(Pair(handler: handler, tenantID: run.machine.row.tenantID)) { $0.failed += 1 }
        }
        guard !watched.isEmpty else { return }
        for row in decision.tasks where row.status.isUsable && row.errorClass == nil && watched[row.handler] != nil {
            guard let run = run(row.runID) else { continue }
            add(Pair(handler: row.handler, tenantID: run.machine.row.tenantID)) { $0.succeeded += 1 }
        }
    }

    private mutating func add(_ pair: Pair, _ change: (inout (succeeded: Int, failed: Int)) -> Void) {
        guard counts[pair] != nil || counts.count < Self.limit else { return }
        change(&counts[pair, default: (0, 0)])
    }

    /// What was counted since the last call, in one order everywhere, so that two lanes never wait for each other.
    mutating func take(now: Microseconds) -> [AttemptTally] {
        guard !watched.isEmpty else { return [] }
        watched = watched.filter { $0.value > now }
        defer { counts.removeAll(keepingCapacity: true) }
        return counts.map { pair, count in
            AttemptTally(
                handler: pair.handler, tenantID: pair.tenantID, succeeded: count.succeeded, failed: count.failed)
        }.sorted { ($0.handler, $0.tenantID) < ($1.handler, $1.tenantID) }
    }
}
