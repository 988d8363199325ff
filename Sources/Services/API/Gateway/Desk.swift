import HTTP
import Platform
public import Workflow

/// What one thread needs to answer from rows: each service on connections of its own.
public final class Desk {
    public let reader: RunReader
    public let registry: FlowRegistry
    public let letters: Letters
    public let campaigns: Campaigns
    public let audit: any AuditKeeping
    public let answers: any AnswerKeeping
    public let keys: any KeyKeeping
    public let pools: PoolWatch?

    public init(
        reader: RunReader, registry: FlowRegistry, letters: Letters, campaigns: Campaigns,
        audit: any AuditKeeping, answers: any AnswerKeeping, keys: any KeyKeeping, pools: PoolWatch?
    ) {
        self.reader = reader
        self.registry = registry
        self.letters = letters
        self.campaigns = campaigns
        self.audit = audit
        self.answers = answers
        self.keys = keys
        self.pools = pools
    }
}

/// Threads that each sit at a desk of their own, with a bounded queue before them.
public final class DeskPool: Sendable {
    typealias Job = @Sendable (Desk) -> Void

    private struct State {
        var jobs: [Job] = []
        var isStopped = false
    }

    private let state = Monitor(State())
    private let limit: Int

    /// - `make`: called once on each thread.
    public init(threads: Int, queueLimit: Int, make: @escaping @Sendable () -> Desk) {
        limit = queueLimit
        for number in 0..<threads {
            _ = NamedThread("desk-\(number)") { [state] in
                let desk = make()
                while let job = DeskPool.next(state) { job(desk) }
            }
        }
    }

    /// False when too many wait already.
    func submit(_ job: @escaping Job) -> Bool {
        state.updateOne { state in
            guard !state.isStopped, state.jobs.count < limit else { return false }
            state.jobs.append(job)
            return true
        }
    }

    public func stop() { state.update { $0.isStopped = true } }

    private static func next(_ state: Monitor<State>) -> Job? {
        let found: Job?? = state.wait(within: nil) { state in
            if state.jobs.isEmpty { return state.isStopped ? .some(nil) : nil }
            return state.jobs.removeFirst()
        }
        return found ?? nil
    }
}
