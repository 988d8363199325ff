import Synchronization
import Workflow

/// Runs handlers as Swift tasks: the only place of the executor where anything is async.
///
/// Cancelling a handler cancels its task. `wake` is called on a task's thread each time one has ended, so that a
/// waiting `receive` can return.
public final class TaskHandlerRunner: HandlerRunner {
    /// What has ended and was not collected. Shared with the tasks.
    private final class Ended: Sendable {
        let completions = Mutex<[HandlerCompletion]>([])
        let wake: @Sendable () -> Void

        init(wake: @escaping @Sendable () -> Void) {
            self.wake = wake
        }

        func add(_ completion: HandlerCompletion) {
            completions.withLock { $0.append(completion) }
            wake()
        }
    }

    private let ended: Ended
    private let executor: (any TaskExecutor)?
    private var tasks: [Int: Task<Void, Never>] = [:]

    /// - `executor`: where the tasks run; nil for Swift's own pool.
    public init(on executor: (any TaskExecutor)? = nil, wake: @escaping @Sendable () -> Void = {}) {
        ended = Ended(wake: wake)
        self.executor = executor
    }

    public func start(_ id: Int, _ handler: any Handler, _ input: HandlerInput) {
        let ended = ended
        tasks[id] = Task(executorPreference: executor) {
            let outcome: HandlerOutcome
            do {
                outcome = try await handler.run(input)
            } catch is CancellationError {
                outcome = .failed(ReportedFailure("cancelled", .cancelled))
            } catch {
                outcome = .failed(ReportedFailure(String(describing: error)))
            }
            ended.add(HandlerCompletion(id: id, outcome: outcome))
        }
    }

    public func cancel(_ id: Int) {
        tasks[id]?.cancel()
    }

    public func collect(into completions: inout [HandlerCompletion]) {
        guard !tasks.isEmpty else { return }
        let first = completions.count
        ended.completions.withLock { list in
            completions.append(contentsOf: list)
            list.removeAll(keepingCapacity: true)
        }
        for completion in completions[first...] { tasks[completion.id] = nil }
    }
}
