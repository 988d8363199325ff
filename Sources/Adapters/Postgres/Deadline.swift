import Glibc

/// The moment a wait must end, on the monotonic clock.
struct Deadline {
    private let moment: Int64

    init(after limit: Duration) {
        moment = Deadline.now &+ max(0, limit.wholeMilliseconds) &* 1_000_000
    }

    /// Rounded up, so that a wait of it never ends early and spins; 0 once the moment has passed.
    var remainingMilliseconds: Int32 {
        Int32(clamping: max(0, (moment - Deadline.now + 999_999) / 1_000_000))
    }

    var hasPassed: Bool { Deadline.now >= moment }

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Cut to what fits in a poll, about 24 days.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, 2_000_000) * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
