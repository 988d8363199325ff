import JSON
import Postgres
public import Workflow

/// One turn: the fence and all facts as one pipeline, one implicit transaction, one round trip.
extension PostgresLaneStore {
    public func submit(_ fences: [LaneFence], _ decision: borrowing Decision) throws(StoreError) {
        let newRuns = try withoutTokens(decision.newRuns)
        let connection = try connected()
        connection.begin()
        addFence(fences, connection)
        lockParents(decision, connection)
        addRuns(decision, newRuns, connection)
        addTasks(decision, connection)
        addRetries(decision, connection)
        closeLetters(decision, connection)
        addOutbox(decision, fences, connection)
        addCommands(decision, connection)
        addOwed(decision, connection)
        connection.send()
    }

    public func outcome() -> CommitOutcome {
        switch session.connection.finish() {
        case .committed(let results):
            return .committed(results.first?.first?.unixMicroseconds(0) ?? 0)
        case .refused(let error):
            if error.isConnection { return .unavailable("\(error)") }
            return .refused(Refusal(error))
        case .unknown(let error): return .unknown("\(error)")
        }
    }

    private func addFence(_ fences: [LaneFence], _ connection: PostgresConnection) {
        connection.add(SQL.fence, columns.addFences(fences))
    }

    /// - `newRuns`: as they may be stored.
    private func addRuns(_ decision: borrowing Decision, _ newRuns: [RunRow], _ connection: PostgresConnection) {
        if !decision.definitions.isEmpty {
            let (hashes, texts) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.text))
            for definition in decision.definitions {
                hashes.append(definition.sha256)
                texts.append(definition.text)
            }
            connection.add(SQL.insertDefinitions, [.array(hashes), .array(texts)])
        }
        if !newRuns.isEmpty { connection.add(SQL.insertRuns, columns.addRuns(newRuns)) }
        addStageRetries(decision, connection)
        if decision.runStates.isEmpty { return }
        connection.add(SQL.updateRuns, columns.addStates(decision.runStates))
    }

    private func addTasks(_ decision: borrowing Decision, _ connection: PostgresConnection) {
        guard !decision.tasks.isEmpty else { return }
        let (new, changed) = columns.addTasks(decision.tasks)
        if let new { connection.add(SQL.insertTasks, new) }
        if let changed { connection.add(SQL.updateTasks, changed) }
        guard !decision.attempts.isEmpty else { return }
        let types: [PostgresType] = [
            .text, .text, .int4, .int8, .text, .text, .text, .text, .text, .timestamptz, .timestamptz, .int8,
        ]
        let c = types.map { PostgresArrayBuilder($0) }
        for row in decision.attempts {
            c[0].append(row.runID.bytes)
            c[1].append(row.taskID.bytes)
            c[2].append(Int(row.attempt))
            c[3].append(Int(row.batch))
            c[4].append(row.status.rawValue)
            c[5].append(row.error)
            c[6].append(row.errorClass?.rawValue)
            c[7].append(row.errorType)
            c[8].append(row.workerID)
            c[9].append(unixMicroseconds: row.startedAt)
            c[10].append(unixMicroseconds: row.finishedAt)
            c[11].append(row.executionTimeMs.map { Int($0) })
        }
        connection.add(SQL.insertAttempts, c.map { .array($0) })
    }

    private func addRetries(_ decision: borrowing Decision, _ connection: PostgresConnection) {
        if !decision.retries.isEmpty {
            let types: [PostgresType] = [.text, .text, .int4, .int8, .jsonb, .bool, .text, .text]
            let c = types.map { PostgresArrayBuilder($0) }
            for row in decision.retries {
                c[0].append(row.runID.bytes)
                c[1].append(row.taskID.bytes)
                c[2].append(Int(row.attempt))
                c[3].append(Int(row.delay))
                c[4].append(row.message)
                c[5].append(row.isParked)
                c[6].append(row.pool.bytes)
                c[7].append(row.traceparent)
            }
            connection.add(SQL.insertRetries, c.map { .array($0) })
        }
        if !decision.droppedRetries.isEmpty {
            let (runs, tasks) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.text))
            for dropped in decision.droppedRetries {
                runs.append(dropped.runID.bytes)
                tasks.append(dropped.taskID.bytes)
            }
            connection.add(SQL.dropRetries, [.array(runs), .array(tasks)])
        }
        for parked in decision.parkedRuns {
            let (runs, flags) = (PostgresArrayBuilder(.text), PostgresArrayBuilder(.bool))
            runs.append(parked.runID.bytes)
            flags.append(parked.parked)
            connection.add(SQL.parkRetries, [.array(runs), .array(flags)])
        }
    }

    /// Dead letters of tasks that somebody let try again.
    private func closeLetters(_ decision: borrowing Decision, _ connection: PostgresConnection) {
        guard !decision.redriven.isEmpty else { return }
        let c = (0..<4).map { _ in PostgresArrayBuilder(.text) }
        for task in decision.redriven {
            c[0].append(task.runID.bytes)
            c[1].append(task.taskID.bytes)
            c[2].append(task.actor)
            c[3].append(task.reason)
        }
        connection.add(SQL.closeLetters, c.map { .array($0) })
    }

    /// Each row goes with the batch its lane makes in this turn.
    private func addOutbox(
        _ decision: borrowing Decision, _ fences: [LaneFence], _ connection: PostgresConnection
    ) {
        guard !decision.outbox.isEmpty else { return }
        let types: [PostgresType] = [.int4, .int8, .int4, .text, .int4, .bytea, .bytea]
        let c = types.map { PostgresArrayBuilder($0) }
        for (seq, row) in decision.outbox.enumerated() {
            let batch = fences.first { $0.lane == row.lane }?.batch ?? 0
            c[0].append(Int(row.lane))
            c[1].append(Int(batch) + 1)
            c[2].append(seq)
            c[3].append(TopicNames.stored(row.topic))
            c[4].append(Int(row.partition ?? -1))
            c[5].append(row.key?.bytes)
            c[6].append(row.value)
        }
        connection.add(SQL.insertOutbox, c.map { .array($0) })
    }

    private func addCommands(_ decision: borrowing Decision, _ connection: PostgresConnection) {
        if !decision.pendingCommands.isEmpty {
            let types: [PostgresType] = [.int4, .text, .text, .jsonb, .timestamptz, .text]
            let c = types.map { PostgresArrayBuilder($0) }
            for row in decision.pendingCommands {
                c[0].append(Int(row.lane))
                c[1].append(row.runID.bytes)
                c[2].append(row.requestID)
                c[3].append(row.message)
                c[4].append(unixMicroseconds: row.receivedAt)
                c[5].append(row.waitsFor?.bytes)
            }
            connection.add(SQL.insertCommands, c.map { .array($0) })
        }
        if !decision.settledCommands.isEmpty {
            let ids = PostgresArrayBuilder(.int8)
            for id in decision.settledCommands { ids.append(Int(id)) }
            connection.add(SQL.dropCommands, [.array(ids)])
        }
        if !decision.audits.isEmpty { addAudits(decision.audits, connection) }
    }

    private func addAudits(_ audits: [AuditRow], _ connection: PostgresConnection) {
        let types: [PostgresType] = [.text, .text, .text, .text, .text, .text, .text, .timestamptz, .text]
        let c = types.map { PostgresArrayBuilder($0) }
        for row in audits {
            c[0].append(row.requestID)
            c[1].append(row.action)
            c[2].append(row.runID.bytes)
            c[3].append(row.actor)
            c[4].append(row.reason)
            c[5].append(row.isDone ? "done" : "refused")
            c[6].append(row.detail)
            c[7].append(unixMicroseconds: row.at)
            c[8].append(row.code)
        }
        connection.add(SQL.insertAudits, c.map { .array($0) })
    }
}
