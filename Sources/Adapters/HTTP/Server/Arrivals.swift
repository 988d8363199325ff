internal import Glibc
internal import Platform

/// Sockets from which a request is coming in, or may, and since when. The library only limits silence; this limits the
/// whole, and keeps room: with three quarters of the connections taken, each new one ends the oldest of these, so that
/// who opens many and asks for nothing keeps nobody out.
final class Arrivals: Sendable {
    private struct State {
        var since: [Int32: ContinuousClock.Instant] = [:]
        /// Connections there are, also those with a request under way.
        var open = 0
        var isOver = false
    }

    private let limit: Duration
    private let room: Int
    private let state = Monitor(State())

    init(limit: Duration, connections: Int) {
        self.limit = limit
        room = max(1, connections * 3 / 4)
    }

    /// A connection is there.
    func open(_ socket: Int32) {
        state.withLock { state in
            let oldest = state.open < room ? nil : state.since.min { $0.value < $1.value }?.key
            if let oldest { end(oldest, &state) }
            state.open += 1
            state.since[socket] = .now
        }
    }

    /// A connection is about to be closed: its socket is still its own.
    func close(_ socket: Int32) {
        state.withLock { state in
            state.open -= 1
            state.since[socket] = nil
        }
    }

    func begin(_ socket: Int32) { state.withLock { $0.since[socket] = .now } }
    /// The request is there.
    func end(_ socket: Int32) { state.withLock { $0.since[socket] = nil } }

    /// Ends the connections of requests that take too long, until `stop`.
    func watch() {
        while state.wait(within: .seconds(1), { $0.isOver ? true : nil }) == nil { endLate() }
    }

    func stop() { state.update { $0.isOver = true } }

    private func endLate() {
        let now = ContinuousClock.Instant.now
        state.withLock { state in
            for (socket, since) in state.since where now - since > limit { end(socket, &state) }
        }
    }

    /// The library closes it once it finds that there is nothing more to read.
    private func end(_ socket: Int32, _ state: inout State) {
        shutdown(socket, Int32(SHUT_RDWR))
        state.since[socket] = nil
    }
}
