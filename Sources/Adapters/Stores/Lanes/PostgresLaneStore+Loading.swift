public import JSON
import Postgres
public import Workflow

/// Rows back into values.
extension PostgresLaneStore {
    public func load(_ runs: [Identifier]) throws(StoreError) -> [RunRows] {
        let ids = PostgresParameter.array(.texts(runs))
        let results = try together([(SQL.loadRuns, [ids]), (SQL.loadTasks, [ids])])
        var tasks: [Identifier: [StoredTask]] = [:]
        for row in results[1] {
            guard let task = StoredTask(row) else { continue }
            tasks[row.identifier(0), default: []].append(task)
        }
        return results[0].compactMap { row in
            RunRow(row).map { RunRows(run: $0, tasks: tasks[$0.runID] ?? []) }
        }
    }

    public func definitions(_ sha256: [String]) throws(StoreError) -> [String: Bytes] {
        let hashes = PostgresArrayBuilder(.text)
        for hash in sha256 { hashes.append(hash) }
        var found: [String: Bytes] = [:]
        for row in try askRegistry(SQL.definitions, [.array(hashes)]) {
            found[row.string(0) ?? ""] = row.slice(1)
        }
        // Inline definitions are kept beside the runs, registered ones in the registry.
        guard registrySettings != nil, found.count < sha256.count else { return found }
        for row in try query(SQL.definitions, [.array(hashes)]) { found[row.string(0) ?? ""] = row.slice(1) }
        return found
    }

    public func versions(_ asked: [FlowVersionKey]) throws(StoreError) -> [FlowVersionKey: FlowVersionRow] {
        let (flows, versions) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.int4))
        for key in asked {
            flows.append(key.flowID.bytes)
            versions.append(Int(key.version ?? 0))
        }
        var found: [FlowVersionKey: FlowVersionRow] = [:]
        for row in try askRegistry(SQL.versions, [.array(flows), .array(versions)]) {
            let version = row.int32(1) ?? 0
            let key = FlowVersionKey(flowID: row.identifier(0), version: version == 0 ? nil : version)
            found[key] = FlowVersionRow(version: row.int32(2) ?? 0, sha256: row.string(3) ?? "")
        }
        return found
    }

    /// Asks the registry's database when that is another one.
    private func askRegistry(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter]
    ) throws(StoreError) -> PostgresResult {
        guard let registrySettings else { return try query(statement, parameters) }
        let connection = registry ?? PostgresConnection(registrySettings)
        registry = connection
        do throws(PostgresError) {
            if !connection.isUsable { try connection.connect() }
            return try connection.query(statement, parameters)
        } catch {
            throw StoreError(error)
        }
    }

    public func outbox(of lane: Int32, batch: Int64) throws(StoreError) -> [OutboxRow] {
        try query(SQL.outbox, [.int4(lane), .int8(batch)]).compactMap { row in
            guard let topic = topics.posted(row.string(0) ?? ""), let value = row.slice(3) else { return nil }
            let partition = row.int32(1).flatMap { $0 < 0 ? nil : $0 }
            return OutboxRow(
                lane: lane, topic: topic, partition: partition, key: row.bytes(2).map { Identifier($0) }, value: value)
        }
    }

    public func pendingCommands(
        _ lanes: [Int32], receivedBefore: Microseconds, queuedBefore: Microseconds, limit: Int
    ) throws(StoreError) -> PendingCommands {
        let ids = PostgresParameter.array(.lanes(lanes))
        let answers = try together([
            (SQL.areCommandsLeft, [ids]),
            (
                SQL.pendingCommands,
                [ids, .timestamptz(receivedBefore), .int4(Int32(clamping: limit)), .timestamptz(queuedBefore)]
            ),
        ])
        let due = answers[1].map { row in
            PendingCommandRow(
                id: row.int64(0) ?? 0, lane: row.int32(1) ?? 0, runID: row.identifier(2),
                requestID: row.slice(3) ?? [], message: row.slice(4) ?? [],
                receivedAt: row.unixMicroseconds(5) ?? 0, waitsFor: row.bytes(6).map { Identifier($0) })
        }
        return PendingCommands(due: due, areLeft: answers[0].first?.bool(0) ?? true)
    }

    public func waitingRuns(of runs: [Identifier]) throws(StoreError) -> Set<Identifier> {
        guard !runs.isEmpty else { return [] }
        return Set(try query(SQL.waitingRuns, [.array(.texts(runs))]).map { $0.identifier(0) })
    }

    public func answered(_ commands: [CommandKey]) throws(StoreError) -> Set<CommandKey> {
        let requests = PostgresArrayBuilder(.text)
        for command in commands { requests.append(command.requestID) }
        let rows = try query(SQL.answered, [.array(requests), .array(.texts(commands.map(\.runID)))])
        return Set(rows.map { CommandKey(runID: $0.identifier(1), requestID: $0.slice(0) ?? []) })
    }
}

extension RunRow {
    init?(_ row: PostgresRow) {
        guard let status = row.string(14).flatMap(RunStatus.init(rawValue:)), let createdAt = row.unixMicroseconds(13)
        else { return nil }
        var state = RunStateRow(status: status, updatedAt: row.unixMicroseconds(18) ?? createdAt)
        state.output = row.slice(15)
        state.error = row.slice(16)
        state.degraded = row.bool(17) ?? false
        state.completedAt = row.unixMicroseconds(19)
        state.nextCheckAt = row.unixMicroseconds(20)
        state.liveKey = row.bytes(22).map { Identifier($0) }
        if let control = row.slice(21) { state.control = RunControl(reading: JSONValue(trusted: control)) }
        self.init(
            runID: row.identifier(0), flowID: row.identifier(1), tenantID: row.identifier(2),
            userID: row.identifier(3), correlationID: row.identifier(4), sessionID: row.identifier(5),
            input: row.slice(6) ?? JSONValue.null, context: row.slice(7) ?? JSONValue.emptyObject,
            labels: row.slice(8), flowVersion: row.int32(9), definitionSHA256: row.string(10) ?? "",
            delivery: row.slice(27),
            timeout: state.control.timeout, lane: row.int32(11) ?? 0, batch: row.int64(12) ?? 0,
            createdAt: createdAt, state: state)
        isInputKept = row.bytes(6) != nil
        if let parent = row.bytes(23), let stage = row.bytes(25) {
            lineage = RunLineage(
                parentRunID: Identifier(parent), rootRunID: Identifier(row.bytes(24) ?? parent),
                fromStage: Identifier(stage), depth: row.int32(26) ?? 1)
        }
    }
}

extension StoredTask {
    init?(_ row: PostgresRow) {
        guard let status = row.string(2).flatMap(TaskStatus.init(rawValue:)) else { return nil }
        self.init(
            taskID: row.identifier(1), status: status, attempts: row.int32(3) ?? 0, attemptBase: row.int32(4) ?? 0,
            batch: row.int64(5) ?? 0, output: row.slice(6), error: row.slice(7),
            errorClass: row.string(8).flatMap(ErrorClass.init(rawValue:)),
            createdAt: row.unixMicroseconds(9) ?? 0, completedAt: row.unixMicroseconds(10),
            nextRetryAt: row.unixMicroseconds(11), heldUntil: row.unixMicroseconds(12),
            heldSince: row.unixMicroseconds(13), workerID: row.slice(14), next: row.slice(15),
            reusedFrom: row.bytes(16).map { Identifier($0) })
    }
}
