public import Platform
public import Workflow

/// Counts the open dead letters now and then, for the metrics of the drainer and the orchestrator.
public final class LetterCensus: StepService {
    private let store: any LetterStore
    private let pause: Duration
    private let show: (OpenLetters) -> Void
    private var isStopping = false

    public init(
        _ store: any LetterStore, every pause: Duration = .seconds(10), show: @escaping (OpenLetters) -> Void
    ) {
        self.store = store
        self.pause = pause
        self.show = show
    }

    /// A store that is away leaves the numbers as they were.
    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        if let letters = try? store.openLetters() { show(letters) }
        return .rest(pause)
    }

    public func beginStop() { isStopping = true }
}

extension DrainerMetrics {
    /// Reasons that are not there any more show 0.
    public func show(_ letters: OpenLetters, known: inout Set<String>) {
        deadLetterQueueSize.set(letters.count)
        known.formUnion(letters.shares.map(\.reason))
        for reason in known {
            let share = letters.shares.first { $0.reason == reason }
            open.with(reason).set(share?.count ?? 0)
            oldestSeconds.with(reason).set(share?.oldestSeconds ?? 0)
        }
    }
}
