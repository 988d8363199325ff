public import Platform

/// An executor as a process runs it: steps it, shows what it does, ends it in its grace time.
public final class ExecutorService: StepService {
    private let executor: Executor
    private let metrics: ExecutorMetrics
    private let health: Health
    private let journal: Log
    private let grace: Duration
    private let lastError: () -> String?
    private var shown = ExecutorCounts()
    private let giveUp: (String) -> Void
    private var hasGivenUp = false
    private var wasReachable: Bool?
    private var isAssigned = false
    private var slotsLost = -1

    /// - `lastError`: what the log last had to say about itself.
    /// - `giveUp`: ends the process, for the reason it is given: nothing can run here any more.
    public init(
        _ executor: Executor, metrics: ExecutorMetrics, health: Health, journal: Log, grace: Duration,
        lastError: @escaping () -> String? = { nil }, giveUp: @escaping (String) -> Void = { _ in }
    ) {
        self.executor = executor
        self.metrics = metrics
        self.health = health
        self.journal = journal
        self.grace = grace
        self.lastError = lastError
        self.giveUp = giveUp
    }

    public func step() -> StepOutcome {
        executor.step()
        show()
        guard executor.state == .stopped else { return .again }
        journal.info("Stopped.", [.count(executor.counts.leftBehind)])
        return .finished
    }

    public func beginStop() {
        health.beginStop()
        journal.info("Stopping: nothing new is taken, what runs may end.", [.count(executor.runningCount)])
        executor.stop(within: grace.nanoseconds / 1_000)
    }

    private func show() {
        showHealth()
        showAssignment()
        showSlots()
        let counts = executor.counts
        metrics.slotsInUse.set(executor.runningCount)
        metrics.abandoned.set(executor.abandonedCount)
        guard counts != shown else { return }
        metrics.received.add(counts.received - shown.received)
        metrics.undecodable.add(counts.undecodable - shown.undecodable)
        metrics.repeated.add(counts.skipped - shown.skipped)
        metrics.resultsPublished.add(counts.published - shown.published)
        metrics.publishFailures.add(counts.republished - shown.republished)
        metrics.commits.add(counts.commits - shown.commits)
        metrics.commitFailures.add(counts.failedCommits - shown.failedCommits)
        metrics.rebalances.add(counts.rebalances - shown.rebalances)
        metrics.cancelled.add(counts.cancelled - shown.cancelled)
        metrics.handedBack.add(counts.handedBack - shown.handedBack)
        metrics.leftBehind.add(counts.leftBehind - shown.leftBehind)
        metrics.abandonedTotal.add(counts.abandoned - shown.abandoned)
        metrics.holds.add(counts.holds - shown.holds)
        metrics.suspects.add(counts.suspects - shown.suspects)
        metrics.poison.add(counts.poison - shown.poison)
        metrics.partitions.set(executor.partitionCount)
        metrics.partitionsPaused.set(executor.pausedCount)
        metrics.unfinished.set(executor.unfinishedCount)
        shown = counts
    }

    /// A group that does not finish a rebalance leaves all its executors without work, however well each of them is.
    private func showAssignment() {
        let time = executor.unassignedTime
        if (time == 0) != isAssigned {
            isAssigned = time == 0
            if isAssigned { health.up("partitions") }
        }
        guard time > Self.patience, executor.isReachable, executor.state == .running else { return }
        let why = "the group has given out no partitions for \(time / 1_000_000) s: \(Self.unfinished)"
        health.down("partitions", why)
        journal.limited("partitions", every: .seconds(30), .warning, "no tasks can be taken", [.reason(why)])
    }

    /// Handlers that do not end cost slots one by one; with the last of them the executor ends itself, so that others
    /// take its tasks and whoever watches over it starts it anew.
    private func showSlots() {
        let lost = executor.slotLimit - executor.usableSlots
        if lost != slotsLost {
            slotsLost = lost
            let why = "\(lost) of \(executor.slotLimit) slots are lost to handlers that do not end"
            if lost == 0 { health.up("slots") } else { health.down("slots", why) }
            if lost > 0 { journal.limited("slots", every: .seconds(30), .warning, "slots are lost", [.reason(why)]) }
        }
        guard executor.isChoked, !hasGivenUp else { return }
        hasGivenUp = true
        journal.error(
            "Every slot is lost to a handler that does not end: this executor ends, so that others take its tasks.",
            [.count(executor.abandonedCount)])
        giveUp("handlers that do not end")
    }

    private static let patience: Int64 = 30_000_000
    private static let unfinished =
        "a member that died without leaving, or that does not poll while it works, holds its rebalance up"

    private func showHealth() {
        guard wasReachable != executor.isReachable || !executor.isReachable else { return }
        wasReachable = executor.isReachable
        if executor.isReachable {
            health.up("kafka")
        } else {
            health.down("kafka", lastError() ?? "not reached yet")
        }
    }
}
