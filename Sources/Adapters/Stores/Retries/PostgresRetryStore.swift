import JSON
public import Platform
public import Postgres
public import Workflow

/// The retry workers' side of Postgres. One session for statements and notifications, one thread.
public final class PostgresRetryStore: RetryStore {
    private let session: StoreSession
    let worker: String
    private let clock: any LaneClock
    private var connection: PostgresConnection { session.connection }
    /// Postgres' time minus our monotonic time, from the last answer that told.
    private var offset: Microseconds?

    private let stop: CancelFlag

    private static let restWithoutSession: Microseconds = 200_000
    private static let look: Microseconds = 250_000

    /// - `worker`: unlike that of any other process that ever ran; claims carry it.
    /// - `stop`: ends a sleep early.
    public init(settings: PostgresSettings, worker: String, clock: any LaneClock, stop: CancelFlag = CancelFlag()) {
        self.stop = stop
        self.worker = worker
        self.clock = clock
        session = StoreSession(settings, clock: clock, listeningTo: RetrySQL.channel)
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

    public func renew(_ keys: [AttemptKey], lasts: Microseconds) throws(StoreError) -> Set<AttemptKey> {
        let rows = try query(RetrySQL.renew, parameters(keys) + [.int8(lasts)])
        return Set(rows.map(Self.key))
    }

    public func remove(_ keys: [AttemptKey]) throws(StoreError) {
        _ = try query(RetrySQL.remove, parameters(keys))
    }

    public func release(_ keys: [AttemptKey], after delay: Microseconds) throws(StoreError) {
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
        try session.query(statement, parameters)
    }

    /// Each statement names the version it changes.
    func together(_ statements: [(PostgresStatement, [PostgresParameter])]) throws(StoreError) -> [PostgresResult] {
        try session.together(statements)
    }

    private func parameters(_ keys: [AttemptKey]) -> [PostgresParameter] {
        let (runs, tasks) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.text))
        let attempts = PostgresArrayBuilder(.int4)
        for key in keys {
            runs.append(key.runID.bytes)
            tasks.append(key.taskID.bytes)
            attempts.append(Int(key.attempt))
        }
        return [.string(worker), .array(runs), .array(tasks), .array(attempts)]
    }

    private static func key(_ row: PostgresRow) -> AttemptKey {
        AttemptKey(runID: row.identifier(0), taskID: row.identifier(1), attempt: row.int32(2) ?? 0)
    }

    /// Nil for a row that was parked instead of claimed.
    static func retry(_ row: PostgresRow) -> ClaimedRetry? {
        guard row.bool(9) == false else { return nil }
        return ClaimedRetry(
            key: key(row), handler: row.identifier(3), pool: row.identifier(4), message: row.slice(5) ?? [],
            traceparent: row.slice(6), lateness: Microseconds(row.int(7) ?? 0), isTakenOver: row.bool(8) ?? false)
    }
}
