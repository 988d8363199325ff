public import Platform

/// A retry worker as a loop of its own thread: steps until it is told to stop and what it claimed is published.
public final class RetryService: StepService {
    private let worker: RetryWorker
    private let grace: Duration
    private let close: () -> Void
    private var deadline: ContinuousClock.Instant?

    /// - `grace`: how long it waits for what is on its way; after that the claims run out and others publish the rows.
    public init(_ worker: RetryWorker, grace: Duration = .seconds(5), close: @escaping () -> Void) {
        self.worker = worker
        self.grace = grace
        self.close = close
    }

    public func step() -> StepOutcome {
        if worker.hasStopped || deadline.map({ ContinuousClock.now >= $0 }) == true {
            close()
            return .finished
        }
        worker.step()
        return .again
    }

    public func beginStop() {
        worker.stop()
        deadline = .now + grace
    }
}
