public import Platform
public import Workflow

/// Takes tasks from the log, has them done, and publishes what came of them.
///
/// One thread calls `step`; nothing in it waits but `receive`, and the commits at an assignment and a revocation.
/// - An offset is finished once its result is reported to be in the log, never before.
/// - A record is started once for each assignment of its partition, unless a former owner had finished it.
/// - Nothing a record holds stops the executor: what cannot be read becomes a dead letter, what fails a result.
public final class Executor {
    /// The ports: everything outside.
    public struct Surroundings {
        let log: any TaskLog
        let runner: any HandlerRunner
        let signals: any TaskSignals
        /// Where people see what runs here.
        let board: (any WorkerBoard)?
        let time: any TimeSource
        let journal: Log
        let metrics: ExecutorMetrics?
        /// Told of each attempt that starts: for checks outside the product.
        let witness: (any TaskWitness)?

        public init(
            log: any TaskLog, runner: any HandlerRunner, signals: any TaskSignals,
            board: (any WorkerBoard)? = nil, time: any TimeSource = SystemTime(), journal: Log = .silent,
            metrics: ExecutorMetrics? = nil, witness: (any TaskWitness)? = nil
        ) {
            self.log = log
            self.runner = runner
            self.signals = signals
            self.board = board
            self.time = time
            self.journal = journal
            self.metrics = metrics
            self.witness = witness
        }
    }

    public enum State: Sendable, Equatable {
        case running
        /// Told to stop: nothing starts, what runs may end until a moment.
        case stopping(until: Int64)
        /// What did not end in that time is told to, and goes back to its lane.
        case handingBack(until: Int64)
        /// Committed and closed; `step` does nothing any more.
        case stopped
    }

    let outside: Surroundings
    let registry: HandlerRegistry
    let limits: ExecutorLimits

    public internal(set) var state = State.running
    public internal(set) var counts = ExecutorCounts()
    /// The log answered when it was last heard of.
    public internal(set) var isReachable = false
    /// Since when its group has not said which partitions are ours; nil once it has, be it none.
    var unassignedSince: Int64?

    var partitions: [PartitionState] = []
    var places: [TaskPartition: Int] = [:]
    var generation = 0
    var waitingCount = 0
    var waitingBytes = 0
    var turn = 0

    var running: RunningAttempts
    var publications = Publications()
    var publishAt = Int64.min

    var uncommitted = 0
    var committedAt = Int64.min
    var commitOut: Int64?
    var beginAt = Int64.min
    var askedAt = Int64.min
    var askedForNone = true
    var fullSince: Int64?
    /// Suspects may be named from here on.
    var nameAt = Int64.min
    /// Handlers that were given up and have not ended.
    var abandoned: Set<Int> = []
    var shownAt = Int64.min
    /// Runs with segments here that were found paused.
    var pausedRuns: Set<[UInt8]> = []
    var plans = SegmentPlans()
    var segmentSerial: UInt64 = 0
    let segmentIDs: SegmentIDs
    /// Met with each record: to get it out of all the metrics would copy them.
    let waitSeconds: Histogram?

    var intake = TaskIntake()
    var completions: [HandlerCompletion] = []
    var outgoing: [ResultRecord] = []
    var reader = TaskMessageReader()
    var writer: ResultWriter
    var known: [Identifier: KnownHandler] = [:]
    var lastKnown: KnownHandler?
    private var isBusy = false

    public init(_ outside: Surroundings, registry: HandlerRegistry, workerID: String, limits: ExecutorLimits = .init())
    {
        self.outside = outside
        self.registry = registry
        self.limits = limits
        running = RunningAttempts(slots: limits.slots)
        outside.metrics?.slots.set(limits.slots)
        writer = ResultWriter(workerID: workerID)
        segmentIDs = SegmentIDs(workerID: workerID)
        waitSeconds = outside.metrics?.waitSeconds
        unassignedSince = StepTime(outside.time).steady
    }

    /// How long the group has not said which partitions are ours, in microseconds; 0 when it has.
    public var unassignedTime: Int64 { unassignedSince.map { StepTime(outside.time).steady - $0 } ?? 0 }

    /// Attempts that take a slot now.
    public var runningCount: Int { running.count }
    /// Records taken and not started.
    public var waitingRecords: Int { waitingCount }
    public var partitionCount: Int { places.count }
    public var pausedCount: Int { partitions.count { $0.isPaused && $0.phase == .open } }
    /// Records taken whose result is not in the log yet.
    public var unfinishedCount: Int { waitingCount + running.count + publications.count }
    /// Handlers that were given up and have not ended.
    public var abandonedCount: Int { abandoned.count }
    /// Slots there would be if every handler ended.
    public var slotLimit: Int { limits.slots }
    /// Attempts whose lanes know that they take long.
    public var heldCount: Int { running.attempts.count(where: \.isSettled) }

    /// Takes no more tasks from now on. What runs has this long to end; then everything is committed and closed.
    public func stop(within grace: Int64) {
        guard state == .running else { return }
        state = .stopping(until: StepTime(outside.time).steady + grace)
        dropWaiting()
        pauseAll()
        KillPoint.draining.pass()
    }

    /// One round: take, start, finish, publish, commit. Waits only when there was nothing to do.
    public func step() {
        guard state != .stopped else { return }
        let before = StepTime(outside.time)
        intake.clear()
        receive(before)
        let now = StepTime(outside.time)
        for event in intake.events { handle(event, now) }
        for record in intake.records { keep(record) }
        let ended = collect(now)
        lookAtDue(now)
        askForCancelled(now)
        if state == .running { startWaiting(now) }
        publish(now)
        settle(now)
        isBusy = !intake.records.isEmpty || ended
        commitIfDue(now, isIdle: !isBusy && waitingCount == 0 && publications.count == 0)
        showIfDue(now)
        finishStopping(now)
    }

    /// How long `receive` may wait: not at all while there is work, and never past the next thing to do.
    func waitTime(_ now: StepTime) -> Int64 {
        guard !isBusy else { return 0 }
        var wait = limits.idleWait
        if publications.count > 0 { wait = min(wait, 5_000) }
        if uncommitted > 0 { wait = min(wait, limits.idleCommitInterval) }
        if state != .running || partitions.contains(where: \.phase.isDraining) { wait = min(wait, 10_000) }
        return max(0, min(wait, running.nextWake == .max ? wait : running.nextWake - now.steady))
    }

    private func finishStopping(_ now: StepTime) {
        let isEmpty = running.count == 0 && publications.count == 0
        switch state {
        case .running, .stopped: return
        case .stopping(let until):
            guard isEmpty || now.steady >= until else { return }
            if !isEmpty, limits.reportsHeld { return handEverythingBack(now) }
        case .handingBack(let until):
            guard isEmpty || now.steady >= until else { return }
        }
        for id in running.ids { outside.runner.cancel(id) }
        counts.leftBehind += running.count
        let commits = partitions.filter { $0.phase == .open || $0.phase.isDraining }.compactMap {
            $0.commit(clean: true)
        }
        outside.log.close(committing: commits, within: 5_000_000)
        outside.board?.clear()
        state = .stopped
    }
}
