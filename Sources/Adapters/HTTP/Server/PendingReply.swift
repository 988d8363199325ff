internal import CMicroHTTPD
internal import Platform

/// The answer that a resting connection waits for. Given once, from any thread; a reply that is dropped without one
/// answers 500.
public final class PendingReply: Sendable {
    private let incoming: IncomingRequest
    private let connection: RestingConnection
    private let problem: @Sendable (Int, String) -> HTTPServer.Response

    init(
        _ incoming: IncomingRequest, _ connection: RestingConnection,
        problem: @escaping @Sendable (Int, String) -> HTTPServer.Response
    ) {
        self.incoming = incoming
        self.connection = connection
        self.problem = problem
    }

    deinit { if incoming.replied == nil { send(problem(500, "internal")) } }

    /// Only the first counts.
    public func send(_ response: HTTPServer.Response) {
        guard incoming.note(response) else { return }
        connection.wake()
    }
}

/// A connection that the library does not look at until it is woken. It stays the library's: the pointer is good until
/// then, even when the client has gone.
@safe final class RestingConnection: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let isResting = Monitor(false)

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// On the connection's own thread, from within a callback.
    func rest() {
        isResting.withLock { isResting in
            guard !isResting else { return }
            isResting = true
            unsafe MHD_suspend_connection(pointer)
        }
    }

    func wake() {
        isResting.withLock { isResting in
            guard isResting else { return }
            isResting = false
            unsafe MHD_resume_connection(pointer)
        }
    }
}

/// What rests now, so that a stop can end all of it: the library may not be stopped before.
final class RestingConnections: Sendable {
    private struct State {
        var next = 0
        var isStopping = false
        var endings: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Monitor(State())

    /// - `ending`: called at a stop. At once when the server stops already; then 0 is given.
    func add(_ ending: @escaping @Sendable () -> Void) -> Int {
        let number = state.withLock { state -> Int in
            guard !state.isStopping else { return 0 }
            state.next += 1
            state.endings[state.next] = ending
            return state.next
        }
        if number == 0 { ending() }
        return number
    }

    func remove(_ number: Int) { state.withLock { $0.endings[number] = nil } }

    func endAll() {
        let endings = state.withLock { state in
            state.isStopping = true
            defer { state.endings = [:] }
            return Array(state.endings.values)
        }
        for ending in endings { ending() }
    }
}
