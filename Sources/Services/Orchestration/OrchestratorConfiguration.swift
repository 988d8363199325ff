public import Platform
public import Workflow

/// What an orchestrator is told from outside, in its own units.
public struct OrchestratorConfiguration: Sendable {
    /// For flows of new runs.
    public var flow: FlowSettings
    public var patterns: ErrorPatterns
    public var announcements: AnnouncementLevel = .runs
    public var cacheBytes = 256 * 1024 * 1024
    public var receive = ReceiveLimits()
    /// How long a lane that the fence refused is left alone while the group still calls it ours.
    public var disputeTime: Microseconds = 10_000_000
    /// A commit older than this asks for its token again before anything is published.
    public var publishGrace: Microseconds = 5_000_000
    /// The pause before a batch that Kafka refused is sent again.
    public var sendAgainAfter: Microseconds = 250_000
    /// Lanes held this long without an end of the process are trusted: how often they were taken is forgotten.
    public var steadyTime: Microseconds = 5_000_000
    public var idleWait: Microseconds = 100_000
    public var tick: Microseconds = 1_000_000
    public var mirrorEvery: Microseconds = 100_000
    public var rememberedEndings = 20_000
    /// How long a lane reads on without an error before a held task whose holder is silent counts as lost.
    public var lossPatience: Microseconds = 60_000_000
    /// How often the executors' progress is asked for while a look waits for it.
    public var followEvery: Microseconds = 5_000_000
    /// How much is looked at again after a take-over, at most.
    public var noteLooksEvery: Microseconds = 10_000_000
    /// Commands for a run that does not come are refused after this.
    public var commandPatience: Microseconds = 3_600_000_000
    /// Stage retries that stand in line are refused after this.
    public var queuePatience: Microseconds = 24 * 3_600_000_000
    /// How many stage retries may follow from one another.
    public var retryDepthLimit = 10
    /// Topic names as producers see them, for dead letters.
    public var topicPrefix = ""

    public init(flow: FlowSettings, patterns: ErrorPatterns) {
        self.flow = flow
        self.patterns = patterns
    }
}

/// What an orchestrator tells of itself while it works: logs, metrics, and the crash tests listen.
public protocol OrchestratorObserver: AnyObject {
    func passed(_ point: KillPoint)
    func noticed(_ event: OrchestratorEvent)
}

public enum OrchestratorEvent: Sendable {
    case lanesTaken([Int32])
    case lanesLost([Int32])
    case storeAway(String)
    case storeBack
    case logTrouble(String)
    case logBack
    /// With everything it recorded.
    case turnCommitted(records: Int, Decision, ended: [Identifier: RunStatus], took: Microseconds)
    case turnRefused(String)
    case commitUnknown(String)
    case ignored(String)
    case quarantined(String)
    case forwarded
    /// A run that exists and cannot be had; what comes for it becomes dead letters.
    case runSetAside(String)
    case laneGap(LaneGap)
    /// An attempt nothing was heard of: dispatched again, or failed.
    case attemptLost(Suspect)
    /// Kafka did not answer what a look asks; asked again later.
    case lookFailed(String)
    case cacheSize(runs: Int, bytes: Int)
    /// Tasks of the runs in memory that are out.
    case tasksOut(Int)
    /// Runs rebuilt from rows.
    case runsLoaded(Int)
    case published(took: Microseconds)
    /// Nothing this process can mend: it ends with this sentence.
    case refusedToStart(String)
}
