internal import Postgres
public import Workflow

/// Retries of sessions in Postgres.
public final class PostgresSessionRetries: SessionRetryKeeping {
    private let access: PostgresAccess
    /// Seconds after which a command without an answer is sent once more.
    private let patience: Int

    public init(_ access: PostgresAccess, patience: Int = 30) {
        self.access = access
        self.patience = patience
    }

    public func create(
        _ retry: SessionRetryRecord, _ items: [SessionRetryItem], sending: Int, open: Int
    ) throws(AccessFailure) -> Int? {
        let columns = (0..<3).map { _ in PostgresArrayBuilder(.text) }
        for item in items {
            columns[0].append(item.runID)
            columns[1].append(item.requestID)
            columns[2].append(item.taskIDs.joined(separator: ","))
        }
        let record: [PostgresParameter] = [
            .string(retry.retryID), .string(retry.sessionID), Self.text(retry.tenantID), Self.text(retry.actor),
            Self.text(retry.reason), .int8(items.count), .int8(items.reduce(0) { $0 + $1.taskIDs.count }),
        ]
        let rows: [PostgresParameter] =
            [.string(retry.retryID)] + columns.map { .array($0) } + [.int8(sending), .int8(open), .int8(patience)]
        do throws(AccessFailure) {
            let results = try access.together([(SessionRetrySQL.create, record), (SessionRetrySQL.createItems, rows)])
            return results.last?.first?.int(0) ?? 0
        } catch {
            guard error.kind == .taken else { throw error }
            return nil
        }
    }

    public func retry(_ retryID: String, tenantID: String?) throws(AccessFailure) -> SessionRetryRecord? {
        try access.query(SessionRetrySQL.one, [.string(retryID), Self.text(tenantID)]).first.map(Self.record)
    }

    public func retries(
        of sessionID: String, tenantID: String?, before: String?, limit: Int
    ) throws(AccessFailure) -> [SessionRetryRecord] {
        let parameters: [PostgresParameter] = [
            .string(sessionID), Self.text(tenantID), Self.text(before), .int8(limit),
        ]
        return try access.query(SessionRetrySQL.list, parameters).map(Self.record)
    }

    public func tally(of retryID: String) throws(AccessFailure) -> SessionRetryTally {
        var tally = SessionRetryTally()
        for row in try access.query(SessionRetrySQL.tally, [.string(retryID)]) {
            guard let state = row.string(0).flatMap(SessionRetryItem.State.init) else { continue }
            tally[state] = row.int(1) ?? 0
        }
        return tally
    }

    public func items(
        of retryID: String, state: SessionRetryItem.State?, after: String?, limit: Int
    ) throws(AccessFailure) -> [SessionRetryItem] {
        let parameters: [PostgresParameter] = [
            .string(retryID), Self.text(state?.rawValue), Self.text(after), .int8(limit),
        ]
        return try access.query(SessionRetrySQL.items, parameters).map { row in
            var item = Self.item(row)
            item.detail = row.string(3)
            item.state = row.string(4).flatMap(SessionRetryItem.State.init) ?? .waiting
            return item
        }
    }

    public func cancel(_ retryID: String, _ wish: Wish) throws(AccessFailure) -> Bool {
        let parameters: [PostgresParameter] = [
            .string(retryID), .string(wish.requestID), Self.text(wish.actor), Self.text(wish.reason),
        ]
        return try !access.query(SessionRetrySQL.cancel, parameters).isEmpty
    }

    public func underWay(limit: Int) throws(AccessFailure) -> [SessionRetryProgress] {
        try access.query(SessionRetrySQL.underWay, [.int8(limit)]).map { row in
            var progress = SessionRetryProgress(retryID: row.string(0) ?? "", sessionID: row.string(1) ?? "")
            progress.tenantID = row.string(2)
            (progress.runs, progress.waiting, progress.sent) = (row.int(3) ?? 0, row.int(4) ?? 0, row.int(5) ?? 0)
            return progress
        }
    }

    public func take(_ limit: Int, open: Int) throws(AccessFailure) -> [SessionRetryCommand] {
        _ = try access.query(SessionRetrySQL.settle)
        let waiting = try access.query(SessionRetrySQL.open, [.int8(patience)]).first?.int(0) ?? 0
        let room = max(0, min(limit, open - waiting))
        return try access.query(SessionRetrySQL.take, [.int8(room), .int8(limit), .int8(patience)]).map { row in
            SessionRetryCommand(item: Self.item(row), actor: row.string(3), reason: row.string(4))
        }
    }

    private static func text(_ text: String?) -> PostgresParameter { text.map { .string($0) } ?? .null }

    private static func item(_ row: PostgresRow) -> SessionRetryItem {
        SessionRetryItem(
            runID: row.string(0) ?? "", requestID: row.string(1) ?? "",
            taskIDs: (row.string(2) ?? "").split(separator: ",").map(String.init))
    }

    private static func record(_ row: PostgresRow) -> SessionRetryRecord {
        var record = SessionRetryRecord(retryID: row.string(0) ?? "", sessionID: row.string(1) ?? "")
        record.tenantID = row.string(2)
        (record.actor, record.reason) = (row.string(3), row.string(4))
        (record.runs, record.tasks) = (row.int(5) ?? 0, row.int(6) ?? 0)
        record.createdAt = row.string(7) ?? ""
        record.cancelledAt = row.string(8)
        return record
    }
}
