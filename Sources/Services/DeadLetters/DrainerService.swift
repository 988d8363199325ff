public import Platform

/// A drainer as a loop of its own thread.
public final class DrainerService: StepService {
    private let drainer: Drainer
    private var isStopping = false

    public init(_ drainer: Drainer) { self.drainer = drainer }

    /// What is read and not kept comes again after a stop, for its position is not committed.
    public func step() -> StepOutcome {
        guard !isStopping else {
            drainer.close(within: 3_000_000)
            return .finished
        }
        drainer.step()
        return .again
    }

    public func beginStop() { isStopping = true }
}
