import JSON

extension RunMachine {
    /// A failure of the current attempt: another try, or the end of the task.
    mutating func fail(
        _ index: Int, _ attempt: Int32, _ failure: TaskFailure, _ result: TaskResult?, _ turn: TurnContext,
        _ decision: inout Decision
    ) {
        let errorClass = failure.errorClass ?? turn.patterns.classify(failure.error, flow: flow.errors)
        if slots[index].isOut || attempt > 0 || result != nil {
            let status: TaskStatus = errorClass == .cancelled ? .cancelled : .failed
            decision.record(
                AttemptRow(
                    runID, flow.tasks[index].id, attempt, status, failure, result, turn, errorClass: errorClass),
                replacing: slots[index].batch == turn.batch)
        }
        let detail = FailureDetail(error: failure.error, errorClass: errorClass, at: turn.time)
        switch verdict(index, attempt, failure, errorClass, turn) {
        case .retry(let delay):
            retry(index, attempt, detail, after: delay, result, turn, &decision)
        case .giveUp(let why):
            let told = why == .budgetSpent ? budgetSpent(detail, index) : detail
            giveUp(index, attempt, told, failure.partialOutput, result, turn, &decision)
        }
    }

    /// There were attempts left, so the last error alone would not tell why nobody made them.
    private func budgetSpent(_ detail: FailureDetail, _ index: Int) -> FailureDetail {
        let seconds = (flow.tasks[index].retry.budget ?? 0) / 1_000_000
        let sentence = Array(" (its retries' budget of \(seconds) s is spent)".utf8)
        var detail = detail
        detail.error =
            ErrorText.storable(detail.error.prefix(max(0, Limits.errorBytes - sentence.count - 4))) + sentence
        return detail
    }

    private func verdict(
        _ index: Int, _ attempt: Int32, _ failure: TaskFailure, _ errorClass: ErrorClass, _ turn: TurnContext
    ) -> RetryVerdict {
        RetryDecision.decide(
            class: errorClass, attempt: Int(attempt), attemptBase: Int(slots[index].attemptBase),
            policy: flow.tasks[index].retry, retryAfterMicroseconds: failure.retryAfter,
            elapsedMicroseconds: turn.time - budgetStart(index),
            jitter: RetryJitter.draw(runID: runID, taskID: flow.tasks[index].id, attempt: Int(attempt)))
    }

    private mutating func retry(
        _ index: Int, _ attempt: Int32, _ detail: FailureDetail, after delay: Microseconds, _ result: TaskResult?,
        _ turn: TurnContext, _ decision: inout Decision
    ) {
        slots[index].attempt = attempt + 1
        schedule(index, after: delay, detail, result, turn, &decision)
    }

    /// The current attempt as a retry row: what is not a first dispatch is a fact of its own.
    mutating func schedule(
        _ index: Int, after delay: Microseconds, _ detail: FailureDetail?, _ result: TaskResult?, _ turn: TurnContext,
        _ decision: inout Decision
    ) {
        let isTouched = slots[index].batch == turn.batch
        let attempt = slots[index].attempt
        slots[index].isOut = true
        slots[index].nextRetryAt = turn.time + delay
        record(index, .retrying, attempts: attempt, output: nil, failure: detail, result, turn, &decision)
        var writer = JSONWriter()
        writeMessage(of: index, previousError: detail?.error, to: &writer)
        decision.record(
            RetryRow(
                runID: runID, taskID: flow.tasks[index].id, attempt: attempt, delay: delay,
                message: writer.bytes[...], isParked: row.state.status == .paused, pool: flow.tasks[index].pool,
                traceparent: row.state.control.traceparent),
            replacing: isTouched)
    }

    /// The budget of a task counts from when it was ready, or from when its run last lived again.
    private func budgetStart(_ index: Int) -> Microseconds {
        guard slots[index].attemptBase > 0, let revival = row.state.control.revivals.last else {
            return slots[index].readyAt
        }
        return max(slots[index].readyAt, revival.at)
    }

    private mutating func giveUp(
        _ index: Int, _ attempt: Int32, _ detail: FailureDetail, _ partial: Bytes?, _ result: TaskResult?,
        _ turn: TurnContext, _ decision: inout Decision
    ) {
        let degrades = flow.tasks[index].onFailure == .degrade && detail.errorClass != .cancelled
        let output = degrades ? partial ?? JSONValue.null : partial
        let status: TaskStatus = degrades ? .degraded : detail.errorClass == .cancelled ? .cancelled : .failed
        if slots[index].status == .retrying { decision.droppedRetries.append((runID, flow.tasks[index].id)) }
        record(index, status, attempts: attempt + 1, output: output, failure: detail, result, turn, &decision)
        slots[index].attempt = attempt
        if degrades {
            keep(output: flow.isOutputRead(index) ? output : nil, of: index)
            release(index, turn)
        } else {
            skipDescendants(of: index, turn, &decision)
            if flow.failFast { cancelOpenTasks(turn, &decision) }
        }
    }

    private mutating func skipDescendants(of index: Int, _ turn: TurnContext, _ decision: inout Decision) {
        var waiting = flow.tasks[index].dependents
        while let next = waiting.popLast() {
            guard slots[next].status == .pending, !slots[next].isOut else { continue }
            record(next, .skipped, attempts: 0, output: nil, failure: nil, nil, turn, &decision)
            waiting += flow.tasks[next].dependents
        }
    }

    mutating func cancelOpenTasks(_ turn: TurnContext, _ decision: inout Decision) {
        for index in slots.indices where slots[index].status.isOpen {
            if slots[index].status == .retrying { decision.droppedRetries.append((runID, flow.tasks[index].id)) }
            let tries = slots[index].isOut ? slots[index].attempt + 1 : slots[index].attempt
            record(index, .cancelled, attempts: tries, output: nil, failure: nil, nil, turn, &decision)
        }
    }
}
