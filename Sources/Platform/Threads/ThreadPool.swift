/// A fixed number of threads for work that blocks, with a bounded queue before them.
///
/// - `submit` never waits: a full queue, or a stopped pool, answers false and runs nothing.
/// - `stop` lets what was taken finish, and tells whether it did within its limit.
public final class ThreadPool: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var running = 0
        var isStopped = false
    }

    public let size: Int
    public let queueLimit: Int
    private let state: Monitor<State>
    private let threads: [NamedThread]

    public init(_ name: String, threads size: Int, queueLimit: Int, stackBytes: Int = 1 << 20) {
        self.size = size
        self.queueLimit = queueLimit
        let state = Monitor(State())
        self.state = state
        threads = (0..<size).map { index in
            NamedThread("\(name)-\(index)", stackBytes: stackBytes) { ThreadPool.work(state) }
        }
    }

    @discardableResult
    public func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        state.update { state in
            guard !state.isStopped, state.running + state.waiting.count < size + queueLimit else { return false }
            state.waiting.append(job)
            return true
        }
    }

    /// Refuses further jobs and waits for those it has; false: some still ran when the limit passed.
    @discardableResult
    public func stop(within limit: Duration) -> Bool {
        state.update { $0.isStopped = true }
        return state.wait(within: limit) { $0.running + $0.waiting.count == 0 ? true : nil } ?? false
    }

    private static func work(_ state: Monitor<State>) {
        while let job = next(state) {
            job()
            state.update { $0.running -= 1 }
        }
    }

    /// The oldest job, or nil when the pool is stopped and empty.
    private static func next(_ state: Monitor<State>) -> (@Sendable () -> Void)? {
        let found: (@Sendable () -> Void)?? = state.wait(within: nil) { state in
            if state.waiting.isEmpty { return state.isStopped ? .some(nil) : nil }
            state.running += 1
            return state.waiting.removeFirst()
        }
        return found ?? nil
    }
}
