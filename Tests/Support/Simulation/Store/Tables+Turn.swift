import JSON
import Workflow

/// One turn's transaction, statement by statement as the real store sends it.
extension Tables {
    /// How the fence is evaluated; mutants evaluate less.
    struct FenceRules {
        var comparesOwner = true
        var comparesBatch = true
        var isSameOwner: (String, String) -> Bool = { $0 == $1 }
        var aborts = true
        var dropsRetries = true
        var parksRetries = true
        var keepsNext = true
        /// A stage retry asks whether its parent is still as it was read.
        var comparesParent = true
        var oneLiveRetry = true
        var worldTime: Microseconds = 0
    }

    mutating func commit(
        _ fences: [LaneFence], _ decision: Decision, rules: FenceRules, now: Microseconds
    ) throws(Refusal) {
        try pass(fences, rules, now)
        if rules.comparesParent { try checkParents(decision) }
        try addRuns(decision, rules)
        for copy in decision.copies { try take(copy) }
        try addTasks(decision, rules)
        try addRetries(decision, now, rules)
        for row in decision.outbox {
            let batch = fences.first { $0.lane == row.lane }?.batch ?? 0
            outbox.append(Outbox(batch: batch + 1, row: row))
        }
        try addCommands(decision)
        for row in decision.owed {
            let key = OwedKey(runID: row.runID, ending: row.ending, kind: row.kind)
            if owed[key] == nil { owed[key] = runs[row.runID]?.state.status }
        }
        closeLetters(decision)
    }

    private mutating func pass(_ fences: [LaneFence], _ rules: FenceRules, _ now: Microseconds) throws(Refusal) {
        for fence in fences {
            guard var row = checkpoints[fence.lane], !rules.comparesOwner || rules.isSameOwner(row.owner, fence.owner),
                !rules.comparesBatch || row.batch == fence.batch
            else {
                if rules.aborts { throw .fenced }
                continue
            }
            row.batch += 1
            row.position = fence.position
            row.emitted = fence.emitted
            row.touched = fence.touched
            if let trying = row.trying, row.position[trying.topic] > trying.offset { row.trying = nil }
            row.updatedAt = now
            checkpoints[fence.lane] = row
        }
    }

    private mutating func addRuns(_ decision: Decision, _ rules: FenceRules) throws(Refusal) {
        for (sha256, text) in decision.definitions where definitions[sha256] == nil { definitions[sha256] = text }
        for new in decision.newRuns {
            guard runs[new.runID] == nil else { throw .duplicateRun }
            var row = new
            row.input = try Self.jsonb(row.input) ?? JSONValue.null
            row.context = try Self.jsonb(row.context) ?? JSONValue.emptyObject
            row.labels = try Self.jsonb(row.labels)
            row.state = try Self.stored(row.state)
            if let key = row.state.liveKey, rules.oneLiveRetry, runs.values.contains(where: { $0.state.liveKey == key })
            {
                throw .liveRetry
            }
            runs[row.runID] = row
        }
        for (id, _, _, state) in decision.runStates {
            let isTaken = runs.values.contains { $0.runID != id && $0.state.liveKey == state.liveKey }
            if state.liveKey != nil, isTaken, rules.oneLiveRetry { throw .liveRetry }
            runs[id]?.state = try Self.stored(state)
        }
    }

    private static func stored(_ state: RunStateRow) throws(Refusal) -> RunStateRow {
        var state = state
        state.output = try jsonb(state.output)
        if let error = state.error, isPoison(error) { throw .data("a text cannot be stored") }
        var writer = JSONWriter()
        state.control.write(to: &writer)
        state.control = RunControl(reading: JSONValue(trusted: try jsonb(writer.bytes[...]) ?? JSONValue.null))
        return state
    }

    private mutating func addTasks(_ decision: Decision, _ rules: FenceRules) throws(Refusal) {
        for task in decision.tasks {
            var row = task
            if !rules.keepsNext { row.next = nil }
            row.input = try Self.jsonb(row.input)
            row.output = try Self.jsonb(row.output)
            if let error = row.error, Self.isPoison(error) { throw .data("a text cannot be stored") }
            let isThere = tasks[row.runID]?[row.taskID] != nil
            if row.isNew, isThere { throw .data("task_execution_history_pkey") }
            if row.isNew || isThere { tasks[row.runID, default: [:]][row.taskID] = row }
            reused[row.runID]?[row.taskID] = nil
        }
        for row in decision.attempts {
            attempts[AttemptKey(runID: row.runID, taskID: row.taskID, attempt: row.attempt)] = row
        }
    }

    private mutating func addRetries(
        _ decision: Decision, _ now: Microseconds, _ rules: FenceRules
    ) throws(Refusal) {
        for row in decision.retries {
            let due = row.isParked ? Self.endOfTime : now + row.delay
            let key = AttemptKey(runID: row.runID, taskID: row.taskID, attempt: row.attempt)
            retries[key] = Retry(
                dueAt: due, claimedUntil: nil, claimedBy: nil,
                message: try Self.jsonb(row.message) ?? JSONValue.null, isParked: retries[key]?.isParked ?? false,
                writtenAt: rules.worldTime)
        }
        for (runID, taskID) in decision.droppedRetries where rules.dropsRetries {
            retries = retries.filter { !($0.key.runID == runID && $0.key.taskID == taskID) }
        }
        for (runID, parked) in decision.parkedRuns where rules.parksRetries {
            for (key, retry) in retries where key.runID == runID {
                var retry = retry
                retry.dueAt = parked ? Self.endOfTime : tasks[runID]?[key.taskID]?.nextRetryAt ?? now
                retries[key] = retry
            }
        }
    }

    private mutating func addCommands(_ decision: Decision) throws(Refusal) {
        for row in decision.pendingCommands {
            guard !pending.contains(where: { $0.runID == row.runID && $0.requestID == row.requestID }) else { continue }
            var row = row
            row.message = try Self.jsonb(row.message) ?? JSONValue.null
            row.id = nextPending
            nextPending += 1
            pending.append(row)
        }
        pending.removeAll { decision.settledCommands.contains($0.id) }
        for row in decision.audits where audits[row.requestID] == nil { audits[row.requestID] = row }
    }
}

extension StoredTask {
    init(_ row: TaskRow) {
        self.init(
            taskID: row.taskID, status: row.status, attempts: row.attempts, attemptBase: row.attemptBase,
            batch: row.batch, output: row.output, error: row.error, errorClass: row.errorClass,
            createdAt: row.createdAt, completedAt: row.completedAt, nextRetryAt: row.nextRetryAt,
            heldUntil: row.heldUntil, heldSince: row.heldSince, workerID: row.workerID,
            next: row.next)
    }
}

extension Tables {
    /// A run with its tasks, as a load gives them.
    func rows(of id: Identifier) -> RunRows? {
        runs[id].map { run in
            let stored = (tasks[id] ?? [:]).values.map { row in
                var task = StoredTask(row)
                task.reusedFrom = reused[id]?[row.taskID]
                return task
            }
            return RunRows(run: run, tasks: stored)
        }
    }
}
