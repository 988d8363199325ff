import CPostgres
import Glibc

/// The one gate to libpq's connection.
///
/// Owns its PGconn: made in `init`, finished in `deinit`. libpq calls nothing back; notices are dropped.
@safe
final class ConnectionHandle {
    private let connection: OpaquePointer

    /// Starts connecting. Only resolving the host's name waits here. Nil: no memory.
    init?(_ settings: PostgresSettings) {
        // What stands before the URL is a default, what stands behind it wins.
        let options = [
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "20000"), ("fallback_application_name", settings.applicationName),
            ("dbname", settings.url), ("client_encoding", "UTF8"),
        ]
        var keywords = unsafe options.map { unsafe UnsafePointer<CChar>(strdup($0.0)) }
        var values = unsafe options.map { unsafe UnsafePointer<CChar>(strdup($0.1)) }
        defer {
            for index in options.indices {
                unsafe free(UnsafeMutableRawPointer(mutating: keywords[index]))
                unsafe free(UnsafeMutableRawPointer(mutating: values[index]))
            }
        }
        unsafe keywords.append(nil)
        unsafe values.append(nil)
        guard let connection = unsafe PQconnectStartParams(keywords, values, 1) else { return nil }
        unsafe self.connection = connection
        unsafe PQsetnonblocking(connection, 1)
        unsafe PQsetNoticeReceiver(connection, { _, _ in }, nil)
    }

    deinit {
        unsafe PQfinish(connection)
    }

    var isAlive: Bool { unsafe PQstatus(connection) != CONNECTION_BAD }
    var backendPID: Int32 { unsafe PQbackendPID(connection) }
    var message: String { unsafe String(cString: PQerrorMessage(connection)) }

    func pollConnecting() -> PostgresPollingStatusType { unsafe PQconnectPoll(connection) }

    // MARK: sending; each says whether libpq took it

    func enterPipeline() -> Bool { unsafe PQenterPipelineMode(connection) == 1 }
    func exitPipeline() -> Bool { unsafe PQexitPipelineMode(connection) == 1 }
    func sync() -> Bool { unsafe PQpipelineSync(connection) == 1 }
    func sendSimple(_ sql: String) -> Bool { unsafe PQsendQuery(connection, sql) == 1 }

    func sendPrepare(_ statement: PostgresStatement) -> Bool {
        let types = statement.parameters.map(\.oid)
        return unsafe PQsendPrepare(connection, statement.name, statement.sql, Int32(types.count), types) == 1
    }

    /// Sends binary values, asks for binary results. False also if the values are too large for one message.
    func sendExecute(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter], _ encoder: ParameterEncoder
    ) -> Bool {
        let isSent = unsafe encoder.withEncoded(parameters) { pointers, lengths, formats in
            unsafe PQsendQueryPrepared(
                connection, statement.name, Int32(parameters.count), pointers, lengths, formats, 1) == 1
        }
        return isSent ?? false
    }

    // MARK: moving bytes

    enum Flushing { case done, pending, failed }

    func flush() -> Flushing {
        switch unsafe PQflush(connection) {
        case 0: .done
        case 1: .pending
        default: .failed
        }
    }

    /// Reads what has arrived; false when the connection is gone (what came before it can still be taken).
    func receive() -> Bool { unsafe PQconsumeInput(connection) == 1 }

    /// False when `nextResult` would not wait.
    var isBusy: Bool { unsafe PQisBusy(connection) == 1 }

    func nextResult() -> PostgresResult? {
        guard let result = unsafe PQgetResult(connection) else { return nil }
        return unsafe PostgresResult(owning: result)
    }

    func nextNotification() -> PostgresNotification? {
        guard let notice = unsafe PQnotifies(connection) else { return nil }
        defer { unsafe PQfreemem(notice) }
        return unsafe PostgresNotification(
            channel: String(cString: notice.pointee.relname), payload: String(cString: notice.pointee.extra),
            backendPID: notice.pointee.be_pid)
    }

    /// Waits until the socket can be read (or written, if asked for), no longer than the deadline.
    func wait(writing: Bool, reading: Bool = true, _ deadline: Deadline) {
        let events = (writing ? POLLOUT : 0) | (reading ? POLLIN : 0)
        var socket = pollfd(fd: unsafe PQsocket(connection), events: Int16(events), revents: 0)
        guard socket.fd >= 0 else { return }
        unsafe poll(&socket, 1, deadline.remainingMilliseconds)
    }
}
