internal import Synchronization

/// What a process knows of the services it needs, and of its own loops: `/health`, `/readyz` and `/livez` are this.
///
/// A dependency is **unknown** until the first word about it, then **up** or **down**. A required one that is not up
/// makes the process unhealthy; one that may be missing (Redis) only makes it `degraded`, still with status 200.
public final class Health: Sendable {
    public enum Condition: String, Sendable {
        case unknown, up, down
    }

    struct Dependency: Sendable {
        var isRequired: Bool
        var condition = Condition.unknown
        var since: Int64
        /// What is wrong, by who said so.
        var troubles: [Int: String] = [:]
        var sentence: String { troubles.min { $0.key < $1.key }?.value ?? "" }
    }

    struct State {
        var order: [String] = []
        var dependencies: [String: Dependency] = [:]
        var loops: [Heartbeat] = []
        var isStopping = false
    }

    let program: String
    let time: any TimeSource
    private let state: Mutex<State>

    /// - `needs`, `uses`: names such as `kafka`; what must be up, and what may be missing.
    public init(_ program: String, needs: [String], uses: [String] = [], time: any TimeSource = SystemTime()) {
        self.program = program
        self.time = time
        var first = State(order: needs + uses)
        for name in needs { first.dependencies[name] = Dependency(isRequired: true, since: time.wall) }
        for name in uses { first.dependencies[name] = Dependency(isRequired: false, since: time.wall) }
        state = Mutex(first)
    }

    /// - `voice`: who says so, where several parts of the process use the same service: it is up when none of them is
    ///   in trouble with it.
    public func up(_ name: String, by voice: Int = 0) { set(name, voice, nil) }

    /// - `sentence`: why, for people; no secrets.
    public func down(_ name: String, _ sentence: String, by voice: Int = 0) { set(name, voice, sentence) }

    public func condition(of name: String) -> Condition { read().dependencies[name]?.condition ?? .unknown }

    /// From now on `/livez` watches this loop.
    public func watch(_ loop: Heartbeat) { state.withLock { $0.loops.append(loop) } }

    /// No longer ready: a stop was asked for.
    public func beginStop() { state.withLock { $0.isStopping = true } }

    /// Every required dependency is up.
    public var isHealthy: Bool {
        read().dependencies.values.allSatisfy { !$0.isRequired || $0.condition == .up }
    }

    public var isReady: Bool { isHealthy && !read().isStopping }

    /// Names of loops that have not turned in time.
    public var stuckLoops: [String] { read().loops.filter(\.isStuck).map(\.name) }

    func read() -> State { state.withLock { $0 } }

    private func set(_ name: String, _ voice: Int, _ trouble: String?) {
        let now = time.wall
        state.withLock { state in
            guard var known = state.dependencies[name] else { return }
            known.troubles[voice] = trouble?.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let condition: Condition = known.troubles.isEmpty ? .up : .down
            if known.condition != condition {
                known.condition = condition
                known.since = now
            }
            state.dependencies[name] = known
        }
    }
}
