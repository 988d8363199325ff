import Postgres
import Workflow

/// One connection to Postgres for a loop on its own thread, with a limit on each call.
///
/// A lost connection is made anew at the next call, but not more often than every 50 ms to 2 s; until then calls answer
/// `unavailable` at once, so that the loop keeps turning.
final class StoreSession {
    private let settings: PostgresSettings
    private let clock: any LaneClock
    /// A channel it listens on; nil for none.
    private let channel: String?
    private(set) var connection: PostgresConnection
    private var nextConnect: Microseconds = 0
    private var failures = 0

    init(_ settings: PostgresSettings, clock: any LaneClock, listeningTo channel: String? = nil) {
        self.settings = settings
        self.clock = clock
        self.channel = channel
        connection = PostgresConnection(settings)
    }

    /// A connection that can be used, or the reason why there is none.
    func connected() throws(StoreError) -> PostgresConnection {
        if connection.isUsable { return connection }
        guard clock.monotonic >= nextConnect else { throw .unavailable("\(settings.place): waiting to connect again") }
        connection = PostgresConnection(settings)
        do throws(PostgresError) {
            try connection.connect()
            if let channel { try connection.listen(channel) }
            failures = 0
            return connection
        } catch {
            connection.close()
            failures += 1
            nextConnect = clock.monotonic + min(50_000 << Microseconds(min(failures, 6)), 2_000_000)
            throw .unavailable("\(settings.place): \(error)")
        }
    }

    /// One statement in a transaction of its own.
    func query(_ statement: PostgresStatement, _ parameters: [PostgresParameter] = []) throws(StoreError)
        -> PostgresResult
    {
        let connection = try connected()
        do throws(PostgresError) {
            return try connection.query(statement, parameters)
        } catch {
            throw StoreError(error)
        }
    }

    /// Several statements that must hold together; nothing here is ever in doubt, because repeating is harmless.
    func together(_ statements: [(PostgresStatement, [PostgresParameter])]) throws(StoreError) -> [PostgresResult] {
        let connection = try connected()
        connection.begin()
        for (statement, parameters) in statements { connection.add(statement, parameters) }
        connection.send()
        switch connection.finish() {
        case .committed(let results): return results
        case .refused(let error), .unknown(let error): throw StoreError(error)
        }
    }
}

extension StoreError {
    init(_ error: PostgresError) {
        self = error.isConnection || error.isPassing ? .unavailable("\(error)") : .refused(Refusal(error))
    }
}

extension Refusal {
    /// What a refused transaction means to a lane.
    init(_ error: PostgresError) {
        switch error.code {
        case "FF001": self = .fenced
        case "FF002": self = .parentChanged
        case PostgresError.uniqueViolation where error.constraint == "flow_run_history_pkey": self = .duplicateRun
        case PostgresError.uniqueViolation where error.constraint == "flow_run_history_live": self = .liveRetry
        default: self = error.isPassing || error.code.hasPrefix("42") ? .server("\(error)") : .data("\(error)")
        }
    }
}
