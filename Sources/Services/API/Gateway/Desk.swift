import HTTP
import Platform
public import Workflow

/// What one thread needs to answer from rows: each service on connections of its own.
public final class Desk {
    /// The stores behind the services.
    public struct Stores {
        public var reader: RunReader
        public var registry: FlowRegistry
        public var letters: Letters
        public var campaigns: Campaigns
        public var audit: any AuditKeeping
        public var answers: any AnswerKeeping
        public var keys: any KeyKeeping
        public var stages: StageRetries
        public var why: WhyReader
        /// Sessions as a tenant sees them; nil: all of them.
        public var sessions: (_ tenantID: String?) -> any SessionReading & SessionKeeping
        public var sessionRetries: any SessionRetryKeeping
        /// Seconds until the end of a session that is opened without one.
        public var sessionLife: Int
        public var publisher: any RequestPublishing
        public var pools: PoolWatch?
        public var deliveries: any DeliveryReading
        public var results: any ResultReading
        public var operations: Operations

        public init(
            reader: RunReader, registry: FlowRegistry, letters: Letters, campaigns: Campaigns,
            audit: any AuditKeeping, answers: any AnswerKeeping, keys: any KeyKeeping, stages: StageRetries,
            why: WhyReader, sessions: @escaping (String?) -> any SessionReading & SessionKeeping,
            sessionRetries: any SessionRetryKeeping,
            sessionLife: Int, publisher: any RequestPublishing, pools: PoolWatch?,
            deliveries: any DeliveryReading, results: any ResultReading,
            operations: Operations
        ) {
            self.reader = reader
            self.registry = registry
            self.letters = letters
            self.campaigns = campaigns
            self.audit = audit
            self.answers = answers
            self.keys = keys
            self.stages = stages
            self.why = why
            self.sessions = sessions
            self.sessionRetries = sessionRetries
            self.sessionLife = sessionLife
            self.publisher = publisher
            self.pools = pools
            self.deliveries = deliveries
            self.results = results
            self.operations = operations
        }
    }

    /// The stores behind what looks after the fleet itself.
    public struct Operations {
        /// Nil without a Redis that could be named.
        public var workers: Workers?
        public var breakers: Breakers
        public var auditLog: AuditLog
        public var lag: any LagReading

        public init(workers: Workers?, breakers: Breakers, auditLog: AuditLog, lag: any LagReading) {
            self.workers = workers
            self.breakers = breakers
            self.auditLog = auditLog
            self.lag = lag
        }
    }

    private let stores: Stores

    public init(_ stores: Stores) { self.stores = stores }

    var reader: RunReader { stores.reader }
    var registry: FlowRegistry { stores.registry }
    var letters: Letters { stores.letters }
    var campaigns: Campaigns { stores.campaigns }
    var audit: any AuditKeeping { stores.audit }
    var answers: any AnswerKeeping { stores.answers }
    var keys: any KeyKeeping { stores.keys }
    var stages: StageRetries { stores.stages }
    var why: WhyReader { stores.why }
    var publisher: any RequestPublishing { stores.publisher }
    var pools: PoolWatch? { stores.pools }
    var deliveries: any DeliveryReading { stores.deliveries }
    var results: any ResultReading { stores.results }
    var workers: Workers? { stores.operations.workers }
    var breakers: Breakers { stores.operations.breakers }
    var auditLog: AuditLog { stores.operations.auditLog }
    var lag: any LagReading { stores.operations.lag }

    // A run may name any session: each caller sees of one what is theirs.

    func sessions(for caller: Caller) -> Sessions {
        let store = stores.sessions(caller.tenantID)
        return Sessions(store: store, keeper: store, life: stores.sessionLife)
    }

    func sessionRetries(for caller: Caller) -> SessionRetryJobs {
        SessionRetryJobs(
            SessionRetries(store: stores.sessions(caller.tenantID)),
            keeper: stores.sessionRetries, publisher: publisher, tenantID: caller.tenantID)
    }

    func sessionControls(for caller: Caller) -> SessionControls {
        SessionControls(store: stores.sessions(caller.tenantID), publisher: publisher)
    }
}

/// Threads that each sit at a desk of their own, with a bounded queue before them.
public final class DeskPool: Sendable {
    typealias Job = @Sendable (Desk) -> Void

    private struct State {
        var jobs: [(job: Job, bytes: Int)] = []
        /// Of the bodies of requests that wait.
        var bytes = 0
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

    private static let mostBytes = 64 << 20

    /// False when too many wait already, or too much.
    /// - `isOwed`: the end of something that a desk began: taken however many wait, as long as there are desks.
    /// - `bytes`: what the job holds until it is done.
    func submit(isOwed: Bool = false, bytes: Int = 0, _ job: @escaping Job) -> Bool {
        state.updateOne { state in
            let hasRoom = state.jobs.count < limit && state.bytes + bytes <= Self.mostBytes
            guard !state.isStopped, isOwed || hasRoom else { return false }
            state.jobs.append((job, bytes))
            state.bytes += bytes
            return true
        }
    }

    public func stop() { state.update { $0.isStopped = true } }

    private static func next(_ state: Monitor<State>) -> Job? {
        let found: Job?? = state.wait(within: nil) { state in
            if state.jobs.isEmpty { return state.isStopped ? .some(nil) : nil }
            let (job, bytes) = state.jobs.removeFirst()
            state.bytes -= bytes
            return job
        }
        return found ?? nil
    }
}
