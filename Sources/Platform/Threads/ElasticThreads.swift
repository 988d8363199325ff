internal import Glibc

/// Threads of our own for Swift tasks, so that one that blocks its thread takes none from the others.
///
/// - A job that finds no idle thread gets a new one, up to `limit`; beyond that it waits for its turn.
/// - A thread without a job for five seconds ends.
public final class ElasticThreads: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var idle = 0
        var threads = 0
    }

    private let name: String
    private let limit: Int
    private let state = Monitor(State())

    public init(_ name: String, limit: Int) {
        self.name = name
        self.limit = max(1, limit)
    }

    /// Threads there are now.
    public var count: Int { state.withLock { $0.threads } }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let needsThread = state.updateOne { state in
            state.jobs.append(job)
            guard state.jobs.count > state.idle, state.threads < limit else { return false }
            state.threads += 1
            return true
        }
        guard needsThread else { return }
        _ = NamedThread(name, stackBytes: 2 << 20) { self.work() }
    }

    private func work() {
        while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// The oldest job; nil when this thread is not needed any more.
    private func next() -> UnownedJob? {
        state.withLock { $0.idle += 1 }
        let found = state.wait(within: .seconds(5)) { state -> UnownedJob? in
            guard !state.jobs.isEmpty else { return nil }
            state.idle -= 1
            return state.jobs.removeFirst()
        }
        if let found { return found }
        return state.withLock { state in
            state.idle -= 1
            guard state.jobs.isEmpty else { return state.jobs.removeFirst() }
            state.threads -= 1
            return nil
        }
    }
}
