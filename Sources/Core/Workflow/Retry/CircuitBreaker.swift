/// Where the breaker of a handler and tenant stands.
public enum BreakerState: String, Sendable, CaseIterable {
    /// Retries go through. Left when too many attempts of the window failed.
    case closed
    /// Retries that become due are parked. Left after a while, for canaries.
    case open
    /// A wave of parked retries is out, all others stay parked. Left with its outcome: the next wave, open, or closed.
    case probing
}

/// What opens a breaker and how it closes again.
public struct BreakerPolicy: Sendable, Equatable {
    /// The share of failed attempts from which on it opens.
    public var ratio = 0.5
    /// No fewer failures than this open it.
    public var minimum = 20
    /// How far back attempts count.
    public var window: Microseconds = 60_000_000
    /// How long it stays open before canaries go; doubled with each time it opens again.
    public var rest: Microseconds = 30_000_000
    public var longestRest: Microseconds = 600_000_000
    /// The size of the first wave.
    public var canaries = 3
    /// Each wave is this much larger than the one before.
    public var growth = 4
    public var largestWave = 1_000
    /// A wave without a full answer after this time is judged by what has come. One of which nothing came is no verdict
    /// however long it takes: slow is not failed. After the longest rest others are tried beside it.
    public var patience: Microseconds = 60_000_000
    /// Handlers that have none.
    public var exempt: Set<Identifier> = []
    public var isOff = false

    public init() {}

    public func exempts(_ handler: Identifier) -> Bool { isOff || exempt.contains(handler) }
}

/// Outcomes of attempts. A permanent failure is an answer of the handler, so it counts as none or, in a wave, as one
/// that came.
public struct OutcomeCount: Sendable, Equatable {
    public var succeeded: Int
    public var failed: Int
    /// Sent and not answered yet.
    public var pending: Int
    /// Sent, and will never tell: their runs were cancelled, have ended or are paused, or they wait once more.
    public var voided: Int

    public init(succeeded: Int = 0, failed: Int = 0, pending: Int = 0, voided: Int = 0) {
        self.succeeded = succeeded
        self.failed = failed
        self.pending = pending
        self.voided = voided
    }

    public var total: Int { succeeded + failed + pending }
    /// 0 to 1 of those that came.
    public var failureRatio: Double { failed == 0 ? 0 : Double(failed) / Double(succeeded + failed) }
}

/// A breaker as it was read, with everything that decides what becomes of it.
public struct BreakerReading: Sendable, Equatable {
    public var handler: Identifier
    public var tenantID: Identifier
    public var state: BreakerState
    /// Rises with every change; a change is made only to the version that was read. 0: there is no row yet.
    public var version: Int64
    /// Since it came into its state, or since its wave began.
    public var age: Microseconds
    /// How often in a row it opened.
    public var openings: Int
    /// How many the wave was meant to have.
    public var waveSize: Int
    /// Attempts that ended within the window and since the breaker last closed.
    public var recent: OutcomeCount
    /// Attempts of the wave.
    public var wave: OutcomeCount

    public init(
        handler: Identifier, tenantID: Identifier, state: BreakerState = .closed, version: Int64 = 0,
        age: Microseconds = 0, openings: Int = 0, waveSize: Int = 0, recent: OutcomeCount = OutcomeCount(),
        wave: OutcomeCount = OutcomeCount()
    ) {
        self.handler = handler
        self.tenantID = tenantID
        self.state = state
        self.version = version
        self.age = age
        self.openings = openings
        self.waveSize = waveSize
        self.recent = recent
        self.wave = wave
    }
}

/// What becomes of a breaker.
public enum BreakerVerdict: Sendable, Equatable {
    case stay
    case open
    /// Lets a wave of this size out.
    case wave(Int)
    case close
}

/// Decides what becomes of a breaker. Pure: the same reading always gives the same answer.
public enum CircuitBreaker {
    public static func decide(_ reading: BreakerReading, _ policy: BreakerPolicy) -> BreakerVerdict {
        if policy.exempts(reading.handler) { return reading.state == .closed ? .stay : .close }
        switch reading.state {
        case .closed: return opens(reading.recent, policy) ? .open : .stay
        case .open: return reading.age >= rest(after: reading.openings, policy) ? .wave(policy.canaries) : .stay
        case .probing: return judge(reading, policy)
        }
    }

    /// How long a breaker stays open after it opened this often in a row.
    public static func rest(after openings: Int, _ policy: BreakerPolicy) -> Microseconds {
        let doublings = min(max(openings - 1, 0), 30)
        let (rest, overflowed) = policy.rest.multipliedReportingOverflow(by: 1 << Microseconds(doublings))
        return overflowed ? policy.longestRest : min(rest, max(policy.longestRest, policy.rest))
    }

    private static func opens(_ recent: OutcomeCount, _ policy: BreakerPolicy) -> Bool {
        recent.failed >= policy.minimum && recent.failureRatio >= policy.ratio
    }

    private static func judge(_ reading: BreakerReading, _ policy: BreakerPolicy) -> BreakerVerdict {
        let wave = reading.wave
        // Nothing was parked any more: nothing is left to protect.
        guard wave.total + wave.voided > 0 else { return .close }
        // Failures among those still out cannot make it better, so it need not wait for them.
        if Double(wave.failed) >= policy.ratio * Double(wave.total), wave.failed > 0 { return .open }
        let hasVerdict = wave.succeeded + wave.failed > 0
        let patience = hasVerdict ? policy.patience : max(policy.patience, policy.longestRest)
        guard wave.pending == 0 || reading.age >= patience else { return .stay }
        guard hasVerdict else { return .wave(max(reading.waveSize, 1)) }
        if wave.failureRatio >= policy.ratio { return .open }
        if wave.total + wave.voided < reading.waveSize { return .close }
        return .wave(min(max(reading.waveSize, 1) * policy.growth, policy.largestWave))
    }
}
