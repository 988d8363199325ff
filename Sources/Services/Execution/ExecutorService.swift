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
