internal import Glibc

/// Turns SIGTERM and SIGINT into a wish to stop: the first asks, the second ends the process at once.
///
/// States: running → stopping (never back). Signals are taken by a thread of its own that waits for them, so nothing
/// runs inside a signal handler.
public final class StopSignal: Sendable {
    private struct State {
        var isRequested = false
        var reason = ""
        var actions: [@Sendable () -> Void] = []
    }

    private let state = Monitor(State())

    /// A wish that only `request` can make; for tests and the simulator.
    public init() {}

    /// Call it first in `main`: threads started earlier would still die by the signal.
    /// - `isPatient`: for who must put away what it has started: the end of the terminal asks as well, and no second
    ///   signal ends the process.
    public static func fromSignals(isPatient: Bool = false) -> StopSignal {
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGTERM, SIGINT] + (isPatient ? [SIGHUP] : []) { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let stop = StopSignal()
        _ = NamedThread("signals", stackBytes: 256 << 10) { [signals] in
            stop.takeSignals(signals, isPatient: isPatient)
        }
        return stop
    }

    public var isRequested: Bool { state.withLock { $0.isRequested } }
    /// What asked for it, such as `SIGTERM`.
    public var reason: String { state.withLock { $0.reason } }

    /// Asks for the stop; later calls change nothing.
    public func request(_ reason: String) {
        let actions: [@Sendable () -> Void] = state.update { state in
            guard !state.isRequested else { return [] }
            state.isRequested = true
            state.reason = reason
            defer { state.actions = [] }
            return state.actions
        }
        for action in actions { action() }
    }

    /// Runs the action when the stop is asked for (now, if it was already), on the thread that asks. Keep it short.
    public func onRequest(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isRequested { state.actions.append(action) }
            return state.isRequested
        }
        if isLate { action() }
    }

    /// Waits for the stop; false when the limit passed first.
    @discardableResult
    public func wait(within limit: Duration? = nil) -> Bool {
        state.wait(within: limit) { $0.isRequested ? true : nil } ?? false
    }

    private func takeSignals(_ signals: sigset_t, isPatient: Bool) {
        var signals = signals
        var number: Int32 = 0
        while true {
            guard sigwait(&signals, &number) == 0 else { continue }
            if isRequested, !isPatient { _exit(128 + number) }
            request(number == SIGTERM ? "SIGTERM" : number == SIGINT ? "SIGINT" : "SIGHUP")
        }
    }
}
