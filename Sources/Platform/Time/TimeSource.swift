internal import Glibc

/// Where a service gets the time from, so that a simulator can give it another one.
///
/// - `wall`: microseconds since 1970, may jump; for what people and other processes read.
/// - `monotonic`: nanoseconds since some start, never goes back; for every limit and interval.
public protocol TimeSource: Sendable {
    var wall: Int64 { get }
    var monotonic: Int64 { get }
}

/// The clocks of this machine.
public struct SystemTime: TimeSource {
    public init() {}

    public var wall: Int64 {
        let now = SystemTime.read(CLOCK_REALTIME)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
    }

    public var monotonic: Int64 {
        let now = SystemTime.read(CLOCK_MONOTONIC)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var now = timespec()
        clock_gettime(clock, &now)
        return now
    }
}

extension Duration {
    /// Whole nanoseconds; what does not fit becomes the largest number (292 years).
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, tooLarge) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return tooLarge ? .max : sum
    }
}
