import JSON
public import Postgres
public import Workflow

/// The lanes' side of Postgres: the only writer of runs and tasks. One connection, one thread, a limit on each call.
///
/// A lost connection is made anew at the next call, but not more often than `reconnectEvery`; until then calls answer
/// `unavailable` at once, so that a lane's loop keeps turning.
public final class PostgresLaneStore: LaneStore {
    let settings: PostgresSettings
    /// Where registered flows live, when that is another database.
    let registrySettings: PostgresSettings?
    let topics: TopicNames
    let clock: any LaneClock
    var connection: PostgresConnection
    var registry: PostgresConnection?
    var columns = TurnColumns()
    private var nextConnect: Microseconds = 0
    private var failures = 0

    public init(
        settings: PostgresSettings, registry: PostgresSettings?, topics: TopicNames, clock: any LaneClock
    ) {
        self.settings = settings
        registrySettings = registry
        self.topics = topics
        self.clock = clock
        connection = PostgresConnection(settings)
    }

    /// A connection that can be used, or the reason why there is none.
    func connected() throws(StoreError) -> PostgresConnection {
        if connection.isUsable { return connection }
        guard clock.monotonic >= nextConnect else { throw .unavailable("\(settings.place): waiting to connect again") }
        connection = PostgresConnection(settings)
        do throws(PostgresError) {
            try connection.connect()
            failures = 0
            return connection
        } catch {
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
            throw Self.reading(error)
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
        case .refused(let error), .unknown(let error): throw Self.reading(error)
        }
    }

    static func reading(_ error: PostgresError) -> StoreError {
        error.isConnection || error.isPassing ? .unavailable("\(error)") : .refused(refusal(error))
    }

    /// What a refused transaction means to a lane.
    static func refusal(_ error: PostgresError) -> Refusal {
        switch error.code {
        case "FF001": return .fenced
        case PostgresError.uniqueViolation where error.constraint == "flow_run_history_pkey": return .duplicateRun
        case PostgresError.uniqueViolation where error.constraint == "flow_run_history_live": return .liveRetry
        default: return error.isPassing || error.code.hasPrefix("42") ? .server("\(error)") : .data("\(error)")
        }
    }
}

extension PostgresRow {
    func identifier(_ column: Int) -> Identifier { Identifier(bytes(column) ?? []) }
    func slice(_ column: Int) -> Bytes? { bytes(column).map { $0[...] } }
    func int32(_ column: Int) -> Int32? { int(column).map { Int32(clamping: $0) } }
    func int64(_ column: Int) -> Int64? { int(column).map { Int64($0) } }
}

extension PostgresArrayBuilder {
    /// One array of texts, for `= ANY($1)`.
    static func texts(_ ids: some Sequence<Identifier>) -> PostgresArrayBuilder {
        let builder = PostgresArrayBuilder(.text)
        for id in ids { builder.append(id.bytes) }
        return builder
    }

    static func lanes(_ lanes: some Sequence<Int32>) -> PostgresArrayBuilder {
        let builder = PostgresArrayBuilder(.int4)
        for lane in lanes { builder.append(Int(lane)) }
        return builder
    }
}
