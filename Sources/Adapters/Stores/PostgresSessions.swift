import JSON
internal import Postgres
public import Workflow

/// Sessions and what their runs come to, counted from rows. Sessions, runs and letters of other tenants than its own
/// are not there.
public final class PostgresSessions: SessionReading, SessionKeeping {
    private let access: PostgresAccess
    private let tenant: PostgresParameter

    /// - `tenantID`: whose sessions and runs these are; nil: everybody's.
    public init(_ access: PostgresAccess, tenantID: String? = nil) {
        self.access = access
        tenant = tenantID.map { .string($0) } ?? .null
    }

    public func session(_ id: String) throws(AccessFailure) -> SessionRecord? {
        try access.query(SessionSQL.one, [.string(id), tenant]).first.map(Self.record)
    }

    public func sessions(
        tenantID: String?, before: String?, limit: Int
    ) throws(AccessFailure) -> [SessionRecord] {
        let parameters: [PostgresParameter] = [Self.text(tenantID), Self.text(before), .int8(limit)]
        return try access.query(SessionSQL.list, parameters).map(Self.record)
    }

    public func counts(of id: String) throws(AccessFailure) -> SessionCounts {
        var counts = SessionCounts()
        for row in try access.query(SessionSQL.counts, [.string(id), tenant]) {
            counts.byStatus[row.string(0) ?? ""] = row.int(1) ?? 0
            counts.degraded += row.int(2) ?? 0
            counts.retries += row.int(3) ?? 0
            counts.startedAt = Self.seconds(row, 4).map { min($0, counts.startedAt ?? $0) } ?? counts.startedAt
            counts.lastEndAt = Self.seconds(row, 5).map { max($0, counts.lastEndAt ?? $0) } ?? counts.lastEndAt
            counts.now = Self.seconds(row, 6) ?? 0
        }
        return counts
    }

    public func heldBack(of id: String) throws(AccessFailure) -> [SessionHold] {
        try access.query(SessionSQL.heldBack, [.string(id), tenant]).map { row in
            SessionHold(handler: row.string(0) ?? "", tasks: row.int(1) ?? 0, reason: row.string(2) ?? "")
        }
    }

    public func durations(of id: String) throws(AccessFailure) -> SessionDurations {
        var durations = SessionDurations()
        guard let row = try access.query(SessionSQL.durations, [.string(id), tenant]).first else { return durations }
        durations.ended = row.int(0) ?? 0
        (durations.p50, durations.p95, durations.longest) = (row.int(1), row.int(2), row.int(3))
        return durations
    }

    public func retries(of id: String) throws(AccessFailure) -> SessionRetryCounts {
        var retries = SessionRetryCounts()
        guard let row = try access.query(SessionSQL.retries, [.string(id), tenant]).first else { return retries }
        (retries.retriedTasks, retries.extraAttempts) = (row.int(0) ?? 0, row.int(1) ?? 0)
        retries.mostAttempts = row.int(2) ?? 0
        return retries
    }

    public func failures(of id: String, limit: Int) throws(AccessFailure) -> [SessionFailure] {
        try access.query(SessionSQL.failures, [.string(id), tenant, .int8(limit)]).map { row in
            var failure = SessionFailure()
            failure.fingerprint = row.string(0) ?? ""
            failure.handler = row.string(1)
            failure.error = row.string(2) ?? ""
            failure.tasks = row.int(3) ?? 0
            failure.lastAt = row.string(4) ?? ""
            return failure
        }
    }

    public func stages(of id: String, runs: Int) throws(AccessFailure) -> [StageStatistics] {
        try access.query(SessionSQL.stages, [.string(id), tenant, .int8(runs)]).map(Self.statistics)
    }

    public func stages(ofFlow flowID: String, since: String, runs: Int) throws(AccessFailure) -> [StageStatistics] {
        try access.query(SessionSQL.flowStages, [.string(flowID), .string(since), .int8(runs)]).map(Self.statistics)
    }

    public func openRuns(of id: String, after: String, limit: Int) throws(AccessFailure) -> [String] {
        try access.query(SessionSQL.openRuns, [.string(id), tenant, .string(after), .int8(limit)])
            .compactMap { $0.string(0) }
    }

    public func failedTasks(
        of id: String, queries: [String]?, after: SessionTask?, limit: Int
    ) throws(AccessFailure) -> [SessionTask] {
        let texts = queries.map { queries in
            let texts = PostgresArrayBuilder(.text)
            for query in queries { texts.append(query) }
            return PostgresParameter.array(texts)
        }
        let place: [PostgresParameter] = [.string(after?.name.runID ?? ""), .string(after?.name.taskID ?? "")]
        let parameters = [.string(id), tenant] + place + [.int8(limit), texts ?? .null]
        return try access.query(SessionSQL.failedTasks, parameters).map(Self.task)
    }

    public func tasks(_ tasks: [TaskName]) throws(AccessFailure) -> [SessionTask] {
        let (runs, ids) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.text))
        for task in tasks {
            runs.append(task.runID)
            ids.append(task.taskID)
        }
        return try access.query(SessionSQL.tasks, [.array(runs), tenant, .array(ids)]).map(Self.task)
    }

    public func tasks(ofLetters ids: [Int]) throws(AccessFailure) -> [Int: TaskName] {
        let numbers = PostgresArrayBuilder(.int8)
        for id in ids { numbers.append(id) }
        var found: [Int: TaskName] = [:]
        for row in try access.query(SessionSQL.letterTasks, [.array(numbers), tenant]) {
            found[row.int(0) ?? 0] = TaskName(runID: row.string(1) ?? "", taskID: row.string(2) ?? "")
        }
        return found
    }

    public func runs(of id: String, withQueries queries: [String]) throws(AccessFailure) -> [String] {
        let texts = PostgresArrayBuilder(.text)
        for query in queries { texts.append(query) }
        return try access.query(SessionSQL.queryRuns, [.string(id), tenant, .array(texts)])
            .compactMap { $0.string(0) }
    }

    // MARK: Keeping

    public func open(_ session: SessionDraft, _ wish: Wish) throws(AccessFailure) -> Bool {
        let parameters: [PostgresParameter] = [
            .string(session.sessionID), .string(session.tenantID), .jsonb(session.metadata ?? JSONValue.emptyObject),
            session.expiresInSeconds.map { .int8($0) } ?? .null,
        ]
        return try !access.query(SessionSQL.open, parameters + Self.parameters(wish)).isEmpty
    }

    public func close(_ id: String, _ wish: Wish) throws(AccessFailure) -> Bool {
        try !access.query(SessionSQL.close, [.string(id), tenant] + Self.parameters(wish)).isEmpty
    }

    private static func parameters(_ wish: Wish) -> [PostgresParameter] {
        [.string(wish.requestID), text(wish.actor), text(wish.reason)]
    }

    public func sweep(keepSeconds: Int) throws(AccessFailure) -> SessionSweep {
        let row = try access.query(SessionSQL.sweep, [.int8(keepSeconds)]).first
        return SessionSweep(closed: row?.int(0) ?? 0, forgotten: row?.int(1) ?? 0)
    }
}

extension PostgresSessions {
    private static func text(_ text: String?) -> PostgresParameter { text.map { .string($0) } ?? .null }

    private static func seconds(_ row: PostgresRow, _ column: Int) -> Double? {
        row.unixMicroseconds(column).map { Double($0) / 1e6 }
    }

    private static func record(_ row: PostgresRow) -> SessionRecord {
        var record = SessionRecord()
        record.sessionID = row.string(0) ?? ""
        record.tenantID = row.string(1) ?? ""
        record.metadata = row.bytes(2)?[...]
        record.createdAt = row.string(3) ?? ""
        (record.expiresAt, record.closedAt) = (row.string(4), row.string(5))
        record.closedBy = row.string(6)
        record.isOpened = row.bool(7) ?? true
        return record
    }

    private static func task(_ row: PostgresRow) -> SessionTask {
        SessionTask(
            name: TaskName(runID: row.string(0) ?? "", taskID: row.string(1) ?? ""), sessionID: row.string(2) ?? "",
            runStatus: row.string(3) ?? "", taskStatus: row.string(4) ?? "", attempts: row.int(5) ?? 0,
            live: row.string(6))
    }

    private static func statistics(_ row: PostgresRow) -> StageStatistics {
        var stage = StageStatistics()
        stage.taskID = row.string(0) ?? ""
        (stage.runs, stage.succeeded, stage.degraded) = (row.int(1) ?? 0, row.int(2) ?? 0, row.int(3) ?? 0)
        (stage.failed, stage.skipped, stage.cancelled) = (row.int(4) ?? 0, row.int(5) ?? 0, row.int(6) ?? 0)
        (stage.reused, stage.retried) = (row.int(7) ?? 0, row.int(8) ?? 0)
        (stage.p50, stage.p95) = (row.int(9), row.int(10))
        (stage.stageRetries, stage.completedRetries) = (row.int(11) ?? 0, row.int(12) ?? 0)
        stage.commonError = row.string(13)
        return stage
    }
}
