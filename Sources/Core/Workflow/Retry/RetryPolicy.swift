/// How often a task is tried again and how long is waited before; resolved from task, flow and settings.
public struct RetryPolicy: Sendable, Equatable {
    /// Further attempts after the first; 0 for none.
    public var maxRetries: Int
    /// Waits before the second, third … attempt; the last one repeats. Empty: exponential.
    public var delays: [Microseconds]
    /// The first exponential wait.
    public var first: Microseconds
    /// What each exponential wait is multiplied by to get the next.
    public var base: Double
    /// No exponential wait is longer.
    public var maxDelay: Microseconds
    /// The share by which a wait is spread to both sides, 0 to 1.
    public var jitter: Double
    /// The time all attempts and waits may take together; nil for no limit.
    public var budget: Microseconds?

    public init(
        maxRetries: Int = 3, delays: [Microseconds] = [10_000_000, 30_000_000, 90_000_000],
        first: Microseconds = 1_000_000, base: Double = 2, maxDelay: Microseconds = 300_000_000, jitter: Double = 0,
        budget: Microseconds? = nil
    ) {
        self.maxRetries = maxRetries
        self.delays = delays
        self.first = first
        self.base = base
        self.maxDelay = maxDelay
        self.jitter = jitter
        self.budget = budget
    }

    /// The wait after `failures` failed attempts (1 or more). `draw` from 0 to 1 picks the place in the spread; 0.5 is
    /// the middle.
    public func delay(after failures: Int, draw: Double) -> Microseconds {
        let middle = Double(delays.isEmpty ? exponential(failures - 1) : delays[min(failures, delays.count) - 1])
        return Microseconds(max(0, middle * (1 + jitter * (2 * draw - 1))))
    }

    private func exponential(_ power: Int) -> Microseconds {
        var delay = Double(first)
        var left = power
        while left > 0, base > 1, delay < Double(maxDelay) {
            delay *= base
            left -= 1
        }
        return Microseconds(min(delay, Double(maxDelay)))
    }
}
