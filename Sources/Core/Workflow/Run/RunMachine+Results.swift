import JSON

extension RunMachine {
    /// Takes one result. The first that counts wins; everything else changes nothing and says why.
    public mutating func apply(
        _ result: TaskResult, turn: TurnContext, into decision: inout Decision
    ) -> Effect {
        let turn = timed(turn)
        guard !row.state.status.isFinal else { return .ignored(.runEnded) }
        guard let index = flow.index(of: result.taskID) else { return .ignored(.unknownTask) }
        let (status, current) = (slots[index].status, slots[index].attempt)
        guard status.isOpen else { return regain(behind: index, result, turn, &decision) }
        guard isMadeFromWhatCounts(result, index) else { return .ignored(.notFollowed) }
        guard slots[index].isOut || status != .pending else { return .ignored(.notDispatched) }
        let attempt = result.attempt ?? current
        guard attempt <= current else { return .ignored(.futureAttempt) }

        switch result.outcome {
        case .succeeded(let output):
            close(index, as: .succeeded, attempt, output: output, result, turn, &decision)
        case .degraded(let output):
            close(index, as: .degraded, attempt, output: output, result, turn, &decision)
        case .failed(let failure):
            if let refusal = refusal(of: index, result, turn) { return .ignored(refusal) }
            fail(index, attempt, failure, result, turn, &decision)
        case .held(let span):
            if let refusal = refusal(of: index, result, turn) { return .ignored(refusal) }
            guard span == 0 else {
                hold(index, for: span, result, turn, &decision)
                break
            }
            guard status != .running || holds[index]?.workerID == result.workerID else {
                return .ignored(.notHolder)
            }
            schedule(index, after: 0, failures[index], nil, turn, &decision)
        }
        return .recorded
    }

    /// A failure or a hold counts for the current attempt only; one that does not say which is believed once that
    /// attempt is due.
    private func refusal(of index: Int, _ result: TaskResult, _ turn: TurnContext) -> Ignored? {
        if let attempt = result.attempt { return attempt == slots[index].attempt ? nil : .staleAttempt }
        if let due = slots[index].nextRetryAt, turn.time < due { return .beforeRetry }
        return nil
    }

    private mutating func close(
        _ index: Int, as status: TaskStatus, _ attempt: Int32, output: Bytes, _ result: TaskResult,
        _ turn: TurnContext, _ decision: inout Decision
    ) {
        let wasRetried = slots[index].attempt > 0
        let wasRetrying = slots[index].status == .retrying
        let attempts = max(attempt + 1, slots[index].attempt)
        if wasRetried {
            decision.record(
                AttemptRow(runID, flow.tasks[index].id, attempt, status, nil, result, turn),
                replacing: slots[index].batch == turn.batch)
        }
        if wasRetrying { decision.droppedRetries.append((runID, flow.tasks[index].id)) }
        slots[index].attempt = attempts - 1
        let follower = follower(of: index, by: result)
        if follower != nil { slots[index].goesOn = result.segment?.id ?? 0 }
        record(index, status, attempts: attempts, output: output, failure: nil, result, turn, &decision)
        keep(output: flow.isOutputRead(index) ? output : nil, of: index)
        guard let follower else { return release(index, turn) }
        follow(follower, result, turn, &decision)
    }

    /// The task's output is there: what waited for nothing else becomes ready.
    mutating func release(_ index: Int, _ turn: TurnContext) {
        for dependent in flow.tasks[index].dependents {
            slots[dependent].waitingFor -= 1
            if slots[dependent].waitingFor == 0, slots[dependent].status == .pending { makeReady(dependent, turn) }
        }
    }

    /// Its executor says that it takes long. Looked at again when that runs out, if not before.
    mutating func hold(
        _ index: Int, for span: Microseconds, _ result: TaskResult, _ turn: TurnContext, _ decision: inout Decision
    ) {
        if slots[index].status == .retrying { decision.droppedRetries.append((runID, flow.tasks[index].id)) }
        let end = turn.time + span
        slots[index].heldUntil = end
        holds[index] = TaskHold(since: holds[index]?.since ?? turn.time, workerID: result.workerID)
        record(
            index, .running, attempts: slots[index].attempt + 1, output: nil, failure: failures[index], result, turn,
            &decision)
        guard row.state.nextCheckAt.map({ $0 > end }) ?? true else { return }
        row.state.nextCheckAt = end
        isChanged = true
    }

    /// Writes the task's row as it now is: one row a turn, whatever happened to the task in it.
    mutating func record(
        _ index: Int, _ status: TaskStatus, attempts: Int32, output: Bytes?, failure: FailureDetail?,
        _ result: TaskResult?, _ turn: TurnContext, _ decision: inout Decision
    ) {
        if slots[index].status.isOpen != status.isOpen { openTasks += status.isOpen ? 1 : -1 }
        slots[index].status = status
        slots[index].isReused = false
        if status != .retrying { slots[index].nextRetryAt = nil }
        if status != .running { letGo(index) }
        if failure != nil || !failures.isEmpty { failures[index] = failure }
        let task = flow.tasks[index]
        // One cancel may close ten thousand tasks: inputs can be built again, a statement of gigabytes cannot pass.
        let input = decision.rowBytes < Limits.turnRowBytes ? inputsForRow(index) : nil
        decision.rowBytes += (input?.count ?? 0) + (output?.count ?? 0)
        // Two clocks: that of the executor may be ahead, and nothing begins after its end.
        let startedAt = result?.startedAt.map { min($0, turn.time) }
        let taskRow = TaskRow(
            runID: runID, task: index, taskID: task.id, handler: task.handler, status: status, attempts: attempts,
            input: input, output: output, error: failure?.error, errorClass: failure?.errorClass,
            executionTimeMs: result?.executionTimeMs,
            createdAt: slots[index].readyAt == 0 ? turn.time : slots[index].readyAt,
            updatedAt: turn.time, completedAt: status.isOpen ? nil : turn.time, batch: turn.batch,
            workerID: result?.workerID, startedAt: startedAt, stageOrder: Int32(task.stageOrder),
            nextRetryAt: slots[index].nextRetryAt, heldUntil: slots[index].heldUntil,
            heldSince: holds.isEmpty ? nil : holds[index]?.since, attemptBase: slots[index].attemptBase,
            next: nextForRow(index), isNew: slots[index].isNew)
        if !status.isOpen { keep(inputs: nil, of: index) }
        if slots[index].batch == turn.batch, slots[index].fact >= 0 {
            decision.tasks[Int(slots[index].fact)] = taskRow
        } else {
            slots[index].fact = Int32(decision.tasks.count)
            touched.append(index)
            decision.tasks.append(taskRow)
        }
        slots[index].batch = turn.batch
    }

    private mutating func letGo(_ index: Int) {
        guard slots[index].heldUntil != nil else { return }
        slots[index].heldUntil = nil
        holds[index] = nil
    }

    /// What the task was given, for its row; nothing for a task that never became ready.
    private func inputsForRow(_ index: Int) -> Bytes? {
        guard slots[index].isOut else { return slots[index].inputs }
        if let inputs = slots[index].inputs { return inputs }
        var writer = JSONWriter()
        guard (try? flow.renderInputs(task: index, self, to: &writer)) != nil else { return nil }
        return writer.bytes[...]
    }
}

extension AttemptRow {
    init(
        _ runID: Identifier, _ taskID: Identifier, _ attempt: Int32, _ status: TaskStatus, _ failure: TaskFailure?,
        _ result: TaskResult?, _ turn: TurnContext, errorClass: ErrorClass? = nil
    ) {
        self.init(
            runID: runID, taskID: taskID, attempt: attempt, batch: turn.batch, status: status, error: failure?.error,
            errorClass: errorClass, errorType: failure?.errorType, workerID: result?.workerID,
            startedAt: result?.startedAt, finishedAt: result?.finishedAt, executionTimeMs: result?.executionTimeMs)
    }
}
