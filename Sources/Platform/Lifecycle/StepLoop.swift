/// What a service says after one step.
public enum StepOutcome: Sendable, Equatable {
    /// There is more to do: step again at once. Also right for a step that waits by itself, in a poll.
    case again
    /// Nothing to do: step again after this long, or earlier when the loop is woken.
    case rest(Duration)
    /// The service has ended; no further step.
    case finished
}

/// A synchronous service: a loop whose body is `step()`. Made, used and ended on one thread.
public protocol StepService: AnyObject {
    /// One turn. Must come back within the time that the watchdog allows (default 30 s).
    func step() -> StepOutcome
    /// Called once, between two steps: wind down. Steps go on until one says `finished`.
    func beginStop()
}

/// Runs a service on a thread of its own, until it finishes or is stopped.
///
/// States: running → stopping (`stop`, `beginStop` was or will be called) → ended.
public final class StepLoop: Sendable {
    private struct State {
        var isStopping = false
        var isWoken = false
    }

    public let name: String
    /// When the last step began, for `/livez`.
    public let heartbeat: Heartbeat
    private let state: Monitor<State>
    private let thread: NamedThread

    /// - `make`: builds the service on the loop's thread, so that nothing has to cross threads.
    public init(_ name: String, heartbeat: Heartbeat? = nil, make: @escaping @Sendable () -> any StepService) {
        self.name = name
        let state = Monitor(State())
        let heartbeat = heartbeat ?? Heartbeat(name)
        self.state = state
        self.heartbeat = heartbeat
        thread = NamedThread(name) { StepLoop.run(make(), state, heartbeat) }
    }

    public var hasEnded: Bool { thread.hasEnded }

    /// Asks the service to wind down. Does not wait.
    public func stop() { state.update { $0.isStopping = true } }

    /// Ends a rest early.
    public func wake() { state.update { $0.isWoken = true } }

    /// Waits for the end; false when the limit passed first.
    public func wait(within limit: Duration) -> Bool { thread.wait(within: limit) }

    private static func run(_ service: any StepService, _ state: Monitor<State>, _ heartbeat: Heartbeat) {
        defer { heartbeat.end() }
        var wasTold = false
        while true {
            if !wasTold, state.withLock({ $0.isStopping }) {
                wasTold = true
                service.beginStop()
            }
            heartbeat.beat()
            switch service.step() {
            case .again: continue
            case .finished: return
            case .rest(let limit): rest(state, within: limit, unless: wasTold)
            }
        }
    }

    private static func rest(_ state: Monitor<State>, within limit: Duration, unless wasTold: Bool) {
        _ = state.wait(within: limit) { state -> Bool? in
            guard state.isWoken || (state.isStopping && !wasTold) else { return nil }
            state.isWoken = false
            return true
        }
    }
}
