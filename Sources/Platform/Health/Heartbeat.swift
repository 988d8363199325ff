internal import Synchronization

/// The last sign of life of one loop; written by the loop, read by `/livez`.
public final class Heartbeat: Sendable {
    public let name: String
    /// A loop that has not turned for this long counts as stuck.
    public let limit: Duration
    private let time: any TimeSource
    private let last: Atomic<Int64>
    private let hasEnded = Atomic<Bool>(false)

    public init(_ name: String, limit: Duration = .seconds(30), time: any TimeSource = SystemTime()) {
        self.name = name
        self.limit = limit
        self.time = time
        last = Atomic(time.monotonic)
    }

    public func beat() { last.store(time.monotonic, ordering: .relaxed) }

    /// The loop is over, as it should be: it no longer counts.
    public func end() { hasEnded.store(true, ordering: .relaxed) }

    public var silence: Duration { .nanoseconds(time.monotonic - last.load(ordering: .relaxed)) }

    public var isStuck: Bool { !hasEnded.load(ordering: .relaxed) && silence > limit }
}
