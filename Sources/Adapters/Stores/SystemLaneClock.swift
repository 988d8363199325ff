import Platform
public import Workflow

/// This machine's monotonic clock, in the core's unit.
public final class SystemLaneClock: LaneClock {
    private let time = SystemTime()
    public init() {}
    public var monotonic: Microseconds { time.monotonic / 1_000 }
}
