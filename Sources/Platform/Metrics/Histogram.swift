internal import Synchronization

/// How often values fell below each of its bounds, their number and sum.
public final class Histogram: Sendable {
    /// From half a millisecond to ten minutes: what a task or a turn may take.
    public static let seconds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600,
    ]
    /// From one to ten thousand: how many there were at once.
    public static let counts: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]

    struct Content {
        /// One more than there are bounds; the last one counts what is above all of them.
        var buckets: [Int]
        var sum = 0.0
    }

    let bounds: [Double]
    private let content: Mutex<Content>

    public init(bounds: [Double]) {
        self.bounds = bounds
        content = Mutex(Content(buckets: [Int](repeating: 0, count: bounds.count + 1)))
    }

    public func record(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        content.withLock {
            $0.buckets[bucket] += 1
            $0.sum += value
        }
    }

    public func record(_ duration: Duration) { record(Double(duration.nanoseconds) / 1e9) }

    public var count: Int { read().buckets.reduce(0, +) }
    public var sum: Double { read().sum }

    func read() -> Content { content.withLock { $0 } }
}
