/// When the next attempt to connect may be made. Pure: times are nanoseconds of a monotonic clock, given by the caller.
struct Reconnection {
    let first: Int64
    let longest: Int64
    private(set) var failures = 0
    private(set) var notBefore = Int64.min

    init(_ limits: RedisLimits) {
        first = limits.firstWait.wholeNanoseconds
        longest = limits.longestWait.wholeNanoseconds
    }

    func mayTry(at now: Int64) -> Bool { now >= notBefore }

    /// 50 ms, 100, 200 … up to the longest.
    mutating func failed(at now: Int64) {
        let wait = failures < 16 ? min(longest, first << failures) : longest
        failures += 1
        notBefore = now + wait
    }

    /// The server answered: the next loss is a first one again.
    mutating func succeeded() {
        failures = 0
        notBefore = .min
    }
}

extension Duration {
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
