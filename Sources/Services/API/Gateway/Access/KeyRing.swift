public import Platform
public import Workflow

/// The keys as the server's threads see them: read anew every two seconds, and when one comes that is unknown.
public final class KeyRing: Sendable {
    private struct State {
        var keys: [String: AccessKey] = [:]
        var isLoaded = false
        var loadedAt: Int64 = 0
        var uses: [String: Microseconds] = [:]
    }

    public enum Verdict: Sendable, Equatable {
        case good(Caller)
        case wrong
        /// Not among the keys that were read last: worth another look.
        case unknown
    }

    private let state = Monitor(State())
    private let time: any TimeSource

    public init(time: any TimeSource = SystemTime()) { self.time = time }

    public func judge(_ secret: KeySecret) -> Verdict {
        let now = time.wall
        let (key, isLoaded) = state.withLock { ($0.keys[secret.prefix], $0.isLoaded) }
        guard let key else { return .unknown }
        guard isLoaded, secret.opens(key), key.isGood(at: now) else { return .wrong }
        state.withLock { $0.uses[key.prefix] = now }
        return .good(Caller(key))
    }

    /// Before that nobody knows which keys are good.
    public var isLoaded: Bool { state.withLock { $0.isLoaded } }

    /// False when they were read a moment ago: then what is unknown is wrong.
    public var isWorthALook: Bool {
        let now = time.monotonic
        return state.withLock { !$0.isLoaded || now - $0.loadedAt > 200_000_000 }
    }

    /// Reads them anew, unless that was done while the caller stood in line.
    func refresh(_ read: () throws(AccessFailure) -> [AccessKey]) throws(AccessFailure) {
        if isWorthALook { load(try read()) }
    }

    public func load(_ keys: [AccessKey]) {
        let byPrefix = Dictionary(keys.map { ($0.prefix, $0) }) { first, _ in first }
        let now = time.monotonic
        state.withLock { state in
            state.keys = byPrefix
            state.isLoaded = true
            state.loadedAt = now
        }
    }

    /// Uses since the last call, for keys whose noted use is a minute old.
    public func takeUses() -> [(prefix: String, at: Microseconds)] {
        state.withLock { state in
            let due = state.uses.filter { use in
                state.keys[use.key].map { use.value - ($0.lastUsedAt ?? 0) > 60_000_000 } ?? false
            }
            for use in due { state.keys[use.key]?.lastUsedAt = use.value }
            state.uses = [:]
            return due.map { ($0.key, $0.value) }
        }
    }
}

/// Keeps the ring as the rows are, and notes uses.
public final class KeyKeeper: StepService {
    private let ring: KeyRing
    private let keys: any KeyKeeping
    private let health: Health
    private var isStopping = false

    public init(_ ring: KeyRing, keys: any KeyKeeping, health: Health) {
        self.ring = ring
        self.keys = keys
        self.health = health
    }

    public func step() -> StepOutcome {
        guard !isStopping else { return .finished }
        do throws(AccessFailure) {
            ring.load(try keys.keys())
            let uses = ring.takeUses()
            if !uses.isEmpty { try keys.noteUse(uses) }
            health.up("postgres", by: 3)
        } catch {
            health.down("postgres", error.message, by: 3)
        }
        return .rest(.seconds(2))
    }

    public func beginStop() { isStopping = true }
}
