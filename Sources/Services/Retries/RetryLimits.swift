public import Workflow

/// What a retry worker keeps to; each is a setting or follows from the design.
public struct RetryLimits: Sendable, Equatable {
    /// Rows claimed at once.
    public var batch = 1_000
    /// How long a claim holds unless it is renewed: how long others wait for a worker that died.
    public var claim: Microseconds = 5_000_000
    /// Claims are renewed when this much of them has passed.
    public var renewal: Microseconds = 1_500_000
    /// An undelivered message waits this long before it is claimed again.
    public var setback: Microseconds = 1_000_000
    /// The longest sleep.
    public var poll: Microseconds = 5_000_000
    /// Retries that are later than this are published at no more than `rate`.
    public var overdue: Microseconds = 60_000_000
    /// Messages a second, for overdue retries.
    public var rate = 1_000
    /// How often breakers are looked at while attempts fail.
    public var breakerLook: Microseconds = 1_000_000
    /// How often the backlog is counted for metrics.
    public var backlogLook: Microseconds = 5_000_000
    /// How long a step waits for delivery reports.
    public var reportWait: Microseconds = 20_000
    /// A store that is away is asked again after this.
    public var storeWait: Microseconds = 200_000

    public init() {}
}
