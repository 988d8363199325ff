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
    private var wasReachable: Bool?
    private var isAssigned = false

    /// - `lastError`: what the log last had to say about itself.
    public init(
        _ executor: Executor, metrics: ExecutorMetrics, health: Health, journal: Log, grace: Duration,
        lastError: @escaping () -> String? = { nil }
    ) {
        self.executor = executor
        self.metrics = metrics
        self.health = health
        self.journal = journal
        self.grace = grace
        self.lastError = lastError
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
