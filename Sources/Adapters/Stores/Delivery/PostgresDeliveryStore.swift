import JSON
public import Platform
public import Postgres
public import Workflow

/// The couriers' side of Postgres. One session for statements and notifications, one thread.
public final class PostgresDeliveryStore: DeliveryStore {
    private let session: StoreSession
    private let courier: String
    private let sleep: DueSleep
    private let tokenKey: [UInt8]?
    /// Nil until the first claim.
    private var vault: TokenVault?

    /// - `courier`: unlike that of any other process that ever ran; claims carry it.
    /// - `stop`: ends a sleep early.
    /// - `tokenKey`: what lanes seal tokens with, where that is not the database's own.
    public init(
        settings: PostgresSettings, courier: String, clock: any LaneClock, stop: CancelFlag = CancelFlag(),
        tokenKey: [UInt8]? = nil
    ) {
        self.courier = courier
        self.tokenKey = tokenKey
        session = StoreSession(settings, clock: clock, listeningTo: DeliverySQL.channel)
        sleep = DueSleep(session, clock: clock, stop: stop)
    }

    public func close() { session.connection.close() }

    public func claim(
        _ limit: Int, butOf tenants: [Identifier], lasts: Microseconds
    ) throws(StoreError) -> [OwedDelivery] {
        let others = PostgresArrayBuilder(.text)
        for tenant in tenants { others.append(tenant.bytes) }
        let parameters: [PostgresParameter] = [.string(courier), .int8(limit), .int8(lasts), .array(others)]
        let vault = try openVault()
        return try session.query(DeliverySQL.claim, parameters).compactMap { row -> OwedDelivery? in
            guard var owed = Self.owed(row) else { return nil }
            owed.request = owed.request.map { vault.opened($0, of: owed.tenantID) }
            return owed
        }
    }

    /// Runs may be older than the setting: their tokens are sealed with the database's key.
    private func openVault() throws(StoreError) -> TokenVault {
        if let vault { return vault }
        let keys = try session.query(TokenVault.key).compactMap { $0.bytes(0) }
        let vault = TokenVault((tokenKey.map { [$0] } ?? []) + keys)
        self.vault = vault
        return vault
    }

    public func note(_ notes: [DeliveryNote], keptFor days: Int) throws(StoreError) -> Set<Int64> {
        guard !notes.isEmpty else { return [] }
        let columns = DeliveryColumns(notes)
        let answers = try session.together([
            (DeliverySQL.addTries, [.string(courier)] + columns.tries),
            (DeliverySQL.note, columns.notes + [.int8(days)]),
        ])
        return Set(answers[1].compactMap { $0.int64(0) })
    }

    public func disabled(_ endpoints: [String]) throws(StoreError) -> Set<String> {
        guard !endpoints.isEmpty else { return [] }
        let hashes = PostgresArrayBuilder(.text)
        for endpoint in endpoints { hashes.append(endpoint) }
        return Set(try session.query(DeliverySQL.disabled, [.array(hashes)]).compactMap { $0.string(0) })
    }

    public func disable(_ endpoint: String, place: String, because reason: String) throws(StoreError) {
        _ = try session.query(DeliverySQL.disable, [.string(endpoint), .string(place), .string(reason)])
    }

    public func watched(_ runs: [Identifier]) throws(StoreError) -> [Identifier: WatchedRun] {
        var found: [Identifier: WatchedRun] = [:]
        for row in try session.query(DeliverySQL.watched, [.array(.texts(runs))]) {
            guard let status = row.string(1).flatMap(RunStatus.init(rawValue:)) else { continue }
            let progress = RunProgress(
                done: row.int(3) ?? 0, total: row.int(4) ?? 0, ended: Self.ended(row.string(5) ?? ""))
            found[row.identifier(0)] = WatchedRun(
                status: status, createdAt: row.unixMicroseconds(2) ?? 0, progress: progress)
        }
        return found
    }

    public func note(code hash: String, for id: Int64) throws(StoreError) {
        _ = try session.query(DeliverySQL.noteCode, [.int8(id), .string(hash)])
    }

    public func untilNextDue() throws(StoreError) -> Microseconds? { try sleep.untilNext(DeliverySQL.next) }

    public func wait(_ span: Microseconds) { sleep.wait(span) }

    public func backlog() throws(StoreError) -> DeliveryBacklog {
        let row = try session.query(DeliverySQL.backlog).first
        return DeliveryBacklog(
            overdue: row?.int(0) ?? 0, oldest: Microseconds(row?.int(1) ?? 0), kept: row?.int(2) ?? 0)
    }

    public func sweep(_ ages: SweepAges) throws(StoreError) -> ResultSweep {
        let answers = try session.together([
            (SweepSQL.warn, [.int8(ages.warning)]), (SweepSQL.remove, [.int8(ages.notice)]),
            (SweepSQL.strip, [.int8(ages.replayDays)]), (SweepSQL.forget, [.int8(ages.retentionDays)]),
        ])
        let taken = [answers[0].count, answers[1].count] + answers[2...].map { $0.first?.int(0) ?? 0 }
        return ResultSweep(
            warned: answers[0].map { (id: $0.string(0) ?? "", runID: $0.identifier(1)) },
            removed: answers[1].map { (id: $0.string(0) ?? "", runID: $0.identifier(1)) },
            isFull: taken.contains { $0 >= SweepSQL.limit })
    }

    public func kept(of runs: [Identifier]) throws(StoreError) -> Set<Identifier> {
        Set(try session.query(SweepSQL.kept, [.array(.texts(runs))]).map { $0.identifier(0) })
    }

    private static func owed(_ row: PostgresRow) -> OwedDelivery? {
        guard let id = row.int64(0), let kind = row.string(1).flatMap(OwedRow.Kind.init(rawValue:)) else { return nil }
        return OwedDelivery(
            id: id, kind: kind, runID: row.identifier(2), ending: row.int32(3) ?? 1, tenantID: row.identifier(4),
            userID: row.identifier(5), sessionID: row.identifier(6), flowID: row.identifier(7), event: row.slice(8),
            url: row.string(9), request: row.slice(10), createdAt: row.unixMicroseconds(11) ?? 0,
            place: row.int(12) ?? 0, tries: row.int(13) ?? 0, memo: row.slice(14),
            claimedAt: row.unixMicroseconds(15) ?? 0, lateness: Microseconds(row.int(16) ?? 0),
            isTakenOver: row.bool(17) ?? false, claim: row.int32(18) ?? 0, isOutdated: row.bool(19) ?? false)
    }

    /// Lines of `status task_id`.
    private static func ended(_ text: String) -> [EndedTask] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let status = TaskStatus(rawValue: String(words[0])) else { return nil }
            return EndedTask(taskID: Identifier(words[1].utf8), status: status)
        }
    }
}
