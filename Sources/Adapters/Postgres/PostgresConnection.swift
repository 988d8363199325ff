import CPostgres

/// One session with Postgres, used by one thread at a time; every wait in it has an end.
///
/// Made unconnected. When it has been lost (`isUsable` is false) it stays so until the owner connects again, at its own
/// pace; the new session shares nothing with the old one.
/// Statements go through a pipeline (`begin`, `add`, `send`, `finish`), whole scripts through `execute`.
public final class PostgresConnection {
    public let settings: PostgresSettings
    var handle: ConnectionHandle?
    var ledger = PipelineLedger()
    var prepared: Set<String> = []
    let encoder = ParameterEncoder()

    public init(_ settings: PostgresSettings) {
        self.settings = settings
    }

    /// Connects and sets the session up, or leaves nothing open. A session that was still there is ended.
    public func connect() throws(PostgresError) {
        close()
        guard ConnectionInfo.isReadable(settings.url) else {
            let advice = "the database URL cannot be read (names and passwords in it must be percent-encoded)"
            throw PostgresError(code: PostgresError.cannotConnect, message: advice)
        }
        let deadline = Deadline(after: settings.connectTimeout)
        handle = ConnectionHandle(settings)
        do throws(PostgresError) {
            try finishConnecting(deadline)
            _ = try execute(SessionSetup.sql(settings), deadline)
        } catch {
            close()
            throw error
        }
    }

    /// Nothing has been seen yet that makes it useless; only using it tells for sure.
    public var isUsable: Bool { handle?.isAlive ?? false }

    /// The server's process for this session, 0 without one.
    public var backendPID: Int { Int(handle?.backendPID ?? 0) }

    /// Ends the session at once. A pipeline under way gets its outcome.
    public func close() {
        ledger.lost(.notConnected)
        handle = nil
        prepared = []
    }

    func live() throws(PostgresError) -> ConnectionHandle {
        guard let handle, handle.isAlive else { throw .notConnected }
        return handle
    }

    private func finishConnecting(_ deadline: Deadline) throws(PostgresError) {
        guard let handle else { throw .notConnected }
        var isWriting = true
        while true {
            handle.wait(writing: isWriting, reading: !isWriting, deadline)
            if deadline.hasPassed { throw .stalled("connecting to \(settings.place)") }
            switch handle.pollConnecting() {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: isWriting = false
            case PGRES_POLLING_WRITING: isWriting = true
            default:
                throw PostgresError(
                    code: PostgresError.cannotConnect, message: handle.message, isConnection: true)
            }
        }
    }
}
