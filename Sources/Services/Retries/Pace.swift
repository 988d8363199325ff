import Workflow

/// How many overdue retries may go now: a bucket that fills at the rate, up to a tenth of a second's worth.
struct Pace {
    private let rate: Int
    private var tokens: Double
    private var filledAt: Microseconds

    init(rate: Int, now: Microseconds) {
        self.rate = rate
        tokens = max(Double(rate) / 10, 1)
        filledAt = now
    }

    /// At least one, so that a low rate fills up as well.
    private var capacity: Double { max(Double(rate) / 10, 1) }

    mutating func allowance(at now: Microseconds) -> Int {
        tokens = min(capacity, tokens + Double(max(now - filledAt, 0)) * Double(rate) / 1e6)
        filledAt = now
        return Int(tokens)
    }

    mutating func take(_ count: Int) { tokens -= Double(count) }

    /// When there is something to take again.
    var wait: Microseconds {
        let missing = min(capacity, max(Double(rate) / 50, 1)) - tokens
        return missing <= 0 ? 0 : Microseconds((missing * 1e6 / Double(rate)).rounded(.up))
    }
}
