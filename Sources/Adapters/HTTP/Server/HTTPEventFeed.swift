internal import Platform

/// Bytes on their way to one reader of server-sent events.
///
/// Whoever has something offers it, from any thread; it is kept until the reader takes it, up to a limit. A reader that
/// falls behind that is dropped: nobody waits for it.
public final class HTTPEventFeed: Sendable {
    private struct State: Sendable {
        var bytes: [UInt8] = []
        var isClosed = false
        var reader: RestingConnection?
    }

    private let limit: Int
    private let state = Monitor(State())
    private let closed: @Sendable () -> Void

    /// - `first`: what the reader gets before anything that is offered.
    /// - `limit`: bytes kept for the reader.
    /// - `closed`: called once, when the reader has gone or was dropped, or the server stops.
    public init(first: [UInt8] = [], limit: Int = 256 << 10, closed: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.closed = closed
        state.withLock { $0.bytes = first }
    }

    /// False once nobody reads any more.
    @discardableResult
    public func offer(_ bytes: [UInt8]) -> Bool {
        let (isTaken, reader) = state.withLock { state -> (Bool, RestingConnection?) in
            guard !state.isClosed else { return (false, nil) }
            guard state.bytes.count + bytes.count <= limit else {
                return (false, state.reader)
            }
            state.bytes += bytes
            return (true, state.reader)
        }
        if isTaken { reader?.wake() } else { close() }
        return isTaken
    }

    /// What was offered is still sent.
    public func close() {
        let (isFirst, reader) = state.withLock { state in
            defer { state.isClosed = true }
            return (!state.isClosed, state.reader)
        }
        guard isFirst else { return }
        reader?.wake()
        closed()
    }

    func attach(_ connection: RestingConnection) { state.withLock { $0.reader = connection } }

    enum Piece {
        case bytes(ArraySlice<UInt8>)
        case nothingYet
        case end
    }

    /// The next bytes for the connection, which rests when there are none.
    func take(upTo count: Int) -> Piece {
        state.withLock { state in
            guard !state.bytes.isEmpty else {
                if state.isClosed { return .end }
                // Within our lock, so that nothing can be offered in between; the other lock takes none.
                state.reader?.rest()
                return .nothingYet
            }
            let piece = state.bytes.prefix(count)
            state.bytes.removeFirst(piece.count)
            return .bytes(piece)
        }
    }
}
