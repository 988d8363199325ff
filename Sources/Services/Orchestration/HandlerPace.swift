import Workflow

/// How long handlers take, as their results say, to tell those that take no time worth sharing out among executors.
///
/// A guess that only spreads work: a handler is quick once hundreds of its results have been, and no more with the
/// first that was not.
struct HandlerPace {
    /// Milliseconds, of the handlers met lately.
    private var means: [Identifier: Double] = [:]
    private var last: (handler: Identifier, mean: Double)?

    private static let limit = 1_000
    /// Of a handler nobody knows: far from quick.
    private static let unknown = 10.0
    private static let quick = 1.0

    mutating func note(_ decision: borrowing Decision) {
        for place in decision.tasks.indices {
            guard let time = decision.tasks[place].executionTimeMs else { continue }
            note(decision.tasks[place].handler, Double(min(time, 1_000)))
        }
    }

    /// Slow results count at once, quick ones by and by.
    private mutating func note(_ handler: Identifier, _ time: Double) {
        if last?.handler != handler { look(at: handler) }
        guard let mean = last?.mean else { return }
        last?.mean = time > mean ? max(time, Self.quick) : mean + (time - mean) / 64
    }

    private mutating func look(at handler: Identifier) {
        if let last {
            if means.count >= Self.limit { means.removeAll() }
            means[last.handler] = last.mean
        }
        last = (handler, means[handler] ?? Self.unknown)
    }

    func isQuick(_ work: borrowing OutBatch) -> Bool {
        work.handlers?.allSatisfy { mean(of: $0) < Self.quick } ?? false
    }

    private func mean(of handler: Identifier) -> Double {
        if let last, last.handler == handler { return last.mean }
        return means[handler] ?? Self.unknown
    }
}
