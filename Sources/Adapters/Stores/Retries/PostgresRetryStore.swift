import JSON
public import Platform
public import Postgres
public import Workflow

/// The retry workers' side of Postgres. One connection for statements and notifications, one thread.
///
/// A lost connection is made anew at the next call, but not more often than every 50 ms to 2 s; until then calls answer
/// `unavailable` at once.
public final class PostgresRetryStore: RetryStore {
    private let settings: PostgresSettings
    let worker: String
    private let clock: any LaneClock
    private var connection: PostgresConnection
    private var nextConnect: Microseconds = 0
    private var failures = 0
    /// Postgres' time minus our monotonic time, from the last answer that told.
    private var offset: Microseconds?

    private let stop: CancelFlag

    private static let restWithoutSession: Microseconds = 200_000
    private static let look: Microseconds = 250_000

    /// - `worker`: unlike that of any other process that ever ran; claims carry it.
    /// - `stop`: ends a sleep early.
    public init(settings: PostgresSettings, worker: String, clock: any LaneClock, stop: CancelFlag = CancelFlag()) {
        self.stop = stop
        self.settings = settings
        self.worker = worker
        self.clock = clock
        connection = PostgresConnection(settings)
    }

    public func close() { connection.close() }

    public func claim(_ wanted: RetryClaim) throws(StoreError) -> [ClaimedRetry] {
        let rows = try query(
            RetrySQL.claim,
            [
                .string(worker), .int8(wanted.limit), .int8(wanted.from), wanted.below.map { .int8($0) } ?? .null,
                .int8(wanted.lasts),
            ])
        return rows.compactMap(Self.retry)
    }

    public func renew(_ keys: [RetryKey], lasts: Microseconds) throws(StoreError) -> Set<RetryKey> {
        let rows = try query(RetrySQL.renew, parameters(keys) + [.int8(lasts)])
        return Set(rows.map(Self.key))
    }

    public func remove(_ keys: [RetryKey]) throws(StoreError) {
        _ = try query(RetrySQL.remove, parameters(keys))
    }

    public func release(_ keys: [RetryKey], after delay: Microseconds) throws(StoreError) {
        _ = try query(RetrySQL.release, parameters(keys) + [.int8(delay)])
    }

    public func untilNextDue() throws(StoreError) -> Microseconds? {
        guard let row = try query(RetrySQL.next).first else { return nil }
        if let now = row.unixMicroseconds(1) { offset = now - clock.monotonic }
        return row.int(0).map { max(Microseconds($0), 0) }
    }

    public func backlog() throws(StoreError) -> RetryBacklog {
        let row = try query(RetrySQL.backlog).first
        return RetryBacklog(
            overdue: row?.int(0) ?? 0, oldest: Microseconds(row?.int(1) ?? 0), parked: row?.int(2) ?? 0)
    }

    /// Without a session there is nobody to wake us: then it is only a short rest. Looks now and then whether the
    /// process is to end.
    public func wait(_ span: Microseconds) {
        var end = clock.monotonic + (connection.isUsable ? span : min(span, Self.restWithoutSession))
        repeat {
            let left = min(max(end - clock.monotonic, 0), Self.look)
            guard connection.isUsable else { return pause(left) }
            guard let news = try? connection.notification(within: .microseconds(left)) else { continue }
            guard let offset, let due = Microseconds(news.payload) else { return }
            end = min(end, due - offset)
        } while clock.monotonic < end && !stop.isCancelled
    }

    /// The only waiting without a session, and it is short.
    private func pause(_ span: Microseconds) {
        _ = Monitor(()).wait(within: .microseconds(max(span, 1_000))) { _ -> Bool? in nil }
    }

    func query(_ statement: PostgresStatement, _ parameters: [PostgresParameter] = []) throws(StoreError)
        -> PostgresResult
    {
        let connection = try connected()
        do throws(PostgresError) {
            return try connection.query(statement, parameters)
        } catch {
            throw PostgresLaneStore.reading(error)
        }
    }

    /// Several statements in one transaction. Nothing here is ever in doubt: each names the version it changes.
    func together(_ statements: [(PostgresStatement, [PostgresParameter])]) throws(StoreError) -> [PostgresResult] {
        let connection = try connected()
        connection.begin()
        for (statement, parameters) in statements { connection.add(statement, parameters) }
        connection.send()
        switch connection.finish() {
        case .committed(let results): return results
        case .refused(let error), .unknown(let error): throw PostgresLaneStore.reading(error)
        }
    }

    private func connected() throws(StoreError) -> PostgresConnection {
        if connection.isUsable { return connection }
        guard clock.monotonic >= nextConnect else { throw .unavailable("\(settings.place): waiting to connect again") }
        connection = PostgresConnection(settings)
        do throws(PostgresError) {
            try connection.connect()
            try connection.listen(RetrySQL.channel)
            failures = 0
            return connection
        } catch {
            connection.close()
            failures += 1
            nextConnect = clock.monotonic + min(50_000 << Microseconds(min(failures, 6)), 2_000_000)
            throw .unavailable("\(settings.place): \(error)")
        }
    }

    private func parameters(_ keys: [RetryKey]) -> [PostgresParameter] {
        let (runs, tasks) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.text))
        let attempts = PostgresArrayBuilder(.int4)
        for key in keys {
            runs.append(key.runID.bytes)
            tasks.append(key.taskID.bytes)
            attempts.append(Int(key.attempt))
        }
        return [.string(worker), .array(runs), .array(tasks), .array(attempts)]
    }

    private static func key(_ row: PostgresRow) -> RetryKey {
        RetryKey(runID: row.identifier(0), taskID: row.identifier(1), attempt: row.int32(2) ?? 0)
    }

    /// Nil for a row that was parked instead of claimed.
    static func retry(_ row: PostgresRow) -> ClaimedRetry? {
        guard row.bool(9) == false else { return nil }
        return ClaimedRetry(
            key: key(row), handler: row.identifier(3), pool: row.identifier(4), message: row.slice(5) ?? [],
            traceparent: row.slice(6), lateness: Microseconds(row.int(7) ?? 0), isTakenOver: row.bool(8) ?? false)
    }
}
