import Workflow

/// The time of turns: Postgres' time at the last commit, plus what has passed since. Never goes back, so that process
/// clocks decide nothing.
struct TurnClock {
    private var base: Microseconds = 0
    private var basedAt: Microseconds = 0
    private var last: Microseconds = 0

    mutating func set(_ time: Microseconds, at monotonic: Microseconds) {
        base = time
        basedAt = monotonic
    }

    mutating func now(_ monotonic: Microseconds) -> Microseconds {
        last = max(last, base + monotonic - basedAt)
        return last
    }
}
