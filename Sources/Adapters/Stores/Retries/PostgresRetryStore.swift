import JSON
public import Platform
public import Postgres
public import Workflow

/// The retry workers' side of Postgres. One session for statements and notifications, one thread.
public final class PostgresRetryStore: RetryStore {
    private let session: StoreSession
    let worker: String
    private let sleep: DueSleep

    /// - `worker`: unlike that of any other process that ever ran; claims carry it.
    /// - `stop`: ends a sleep early.
    public init(settings: PostgresSettings, worker: String, clock: any LaneClock, stop: CancelFlag = CancelFlag()) {
        self.worker = worker
        session = StoreSession(settings, clock: clock, listeningTo: RetrySQL.channel)
        sleep = DueSleep(session, clock: clock, stop: stop)
    }

    public func close() { session.connection.close() }

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

    public func untilNextDue() throws(StoreError) -> Microseconds? { try sleep.untilNext(RetrySQL.next) }

    public func wait(_ span: Microseconds) { sleep.wait(span) }

    public func backlog() throws(StoreError) -> RetryBacklog {
        let row = try query(RetrySQL.backlog).first
        return RetryBacklog(
            overdue: row?.int(0) ?? 0, oldest: Microseconds(row?.int(1) ?? 0), parked: row?.int(2) ?? 0)
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
