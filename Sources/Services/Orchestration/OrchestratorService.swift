public import Platform

/// An orchestrator as a loop of its own thread: steps until it is told to stop, then gives its lanes up.
public final class OrchestratorService: StepService {
    private let orchestrator: Orchestrator
    private let onFatal: (String) -> Void
    private let close: () -> Void
    private var isStopping = false

    public init(_ orchestrator: Orchestrator, onFatal: @escaping (String) -> Void, close: @escaping () -> Void) {
        self.orchestrator = orchestrator
        self.onFatal = onFatal
        self.close = close
    }

    public func step() -> StepOutcome {
        if let sentence = orchestrator.fatal {
            onFatal(sentence)
            close()
            return .finished
        }
        guard !isStopping else {
            orchestrator.stop(within: 2_000_000)
            close()
            return .finished
        }
        orchestrator.step()
        return .again
    }

    public func beginStop() { isStopping = true }
}
