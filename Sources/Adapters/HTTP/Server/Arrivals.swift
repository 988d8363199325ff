internal import Glibc
internal import Platform

/// Sockets from which a request is coming in, and since when. The library only limits silence; this limits the whole.
final class Arrivals: Sendable {
    private struct State {
        var since: [Int32: ContinuousClock.Instant] = [:]
        var isOver = false
    }

    private let limit: Duration
    private let state = Monitor(State())

    init(limit: Duration) { self.limit = limit }

    func begin(_ socket: Int32) { state.withLock { $0.since[socket] = .now } }
    /// The request is there, or the connection gone. Called before the socket is closed: later its number may be
    /// another's.
    func end(_ socket: Int32) { state.withLock { $0.since[socket] = nil } }

    /// Ends the connections of requests that take too long, until `stop`.
    func watch() {
        while state.wait(within: .seconds(1), { $0.isOver ? true : nil }) == nil { endLate() }
    }

    func stop() { state.update { $0.isOver = true } }

    private func endLate() {
        let now = ContinuousClock.Instant.now
        state.withLock { state in
            for (socket, since) in state.since where now - since > limit {
                shutdown(socket, Int32(SHUT_RDWR))
                state.since[socket] = nil
            }
        }
    }
}
