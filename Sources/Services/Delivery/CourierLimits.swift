public import Workflow

/// What a courier keeps to; each is a setting or follows from the design.
public struct CourierLimits: Sendable, Equatable {
    /// Deliveries it has claimed at once.
    public var batch = 128
    /// Of these, under way to one host at once; the others wait their turn.
    public var perHost = 16
    /// How long a claim holds: how long others wait for a courier that died.
    public var claim: Microseconds = 60_000_000
    /// The longest time a request may take; none is begun that could outlast the claim.
    public var send: Microseconds = 15_000_000
    /// Deliveries that wait this long for their host make room for others, and come again after as long.
    public var patience: Microseconds = 1_000_000
    /// The longest sleep.
    public var poll: Microseconds = 5_000_000
    /// How often a run is looked at whose progress is told by shares.
    public var watchLook: Microseconds = 5_000_000
    /// How long a step waits for answers.
    public var answerWait: Microseconds = 10_000
    /// A store that is away is asked again after this.
    public var storeWait: Microseconds = 200_000
    /// How often the backlog is counted for metrics.
    public var backlogLook: Microseconds = 5_000_000
    /// How often old results are looked for.
    public var sweepLook: Microseconds = 600_000_000
    /// Before a token of 15 minutes ends: after this long, people are told how their result will come.
    public var warnAfter: Microseconds = 720_000_000
    /// What is too old, and when people are told before.
    public var ages = SweepAges()
    /// Until the next sweep, after one that left something, or none.
    public var sweepPause: Microseconds = 500_000
    /// A file of a kept result is ours to judge after this: its row may not be written yet.
    public var fileAge: Microseconds = 3_600_000_000
    /// Files looked into between two looks at everything else.
    public var filesAtOnce = 500

    public init() {}

    /// One tenant's receivers that hang leave room for the others: half of what is claimed at once, and three quarters
    /// of the requests under way (a batch is twice those).
    public var ofOneTenant: Int { max(1, batch / 2) }
    public var sendsOfOneTenant: Int { max(1, batch * 3 / 8) }

    /// How long a courier that stops waits for what is under way.
    public var grace: Microseconds { send + 2_000_000 }
}
