/// A failed run lives again: its failed tasks get fresh attempts, and what depended on them waits for them once more.
extension RunMachine {
    /// Answers why it is refused; nil when it was done. All tasks asked for, or none.
    mutating func redrive(_ command: RunCommand, _ turn: TurnContext, _ decision: inout Decision) -> String? {
        if let problem = refusalOfLife { return problem }
        let failed = slots.indices.filter { slots[$0].status == .failed }
        let chosen = command.taskIDs.map { $0.map { flow.index(of: $0) } } ?? failed
        guard !chosen.isEmpty else { return failed.isEmpty ? "none of its tasks failed" : "no task is named" }
        for (place, index) in chosen.enumerated() {
            guard let index else { return "task \(command.taskIDs?[place] ?? "") is not part of the flow" }
            if let problem = refusal(of: index, command) { return problem }
        }
        revive(command, turn)
        for index in Set(chosen.compactMap { $0 }).sorted() {
            grant(index, turn, &decision)
            decision.redriven.append(
                RedrivenTask(
                    runID: runID, taskID: flow.tasks[index].id, actor: command.actor, reason: command.reason))
        }
        reopen(turn, &decision)
        return nil
    }

    private var refusalOfLife: String? {
        let status = row.state.status
        if status == .failed { return nil }
        return status.isFinal ? "the run has ended: \(status.rawValue)" : "the run has not ended: \(status.rawValue)"
    }

    private func refusal(of index: Int, _ command: RunCommand) -> String? {
        let id = flow.tasks[index].id
        guard slots[index].status == .failed else { return "task \(id) did not fail: \(slots[index].status.rawValue)" }
        if let attempt = command.afterAttempt, attempt != slots[index].attempt {
            return "task \(id) was tried again since: its last attempt is \(slots[index].attempt)"
        }
        var copy = self
        if let problem = copy.prepare(index) {
            return "task \(id) cannot be tried: " + String(decoding: problem.error, as: UTF8.self)
        }
        return nil
    }

    private mutating func revive(_ command: RunCommand, _ turn: TurnContext) {
        row.state.control.note(
            RunControl.Revival(batch: turn.batch, at: turn.time, actor: command.actor, reason: command.reason))
        row.state.control.endBatch = nil
        row.state.control.endPause(command, turn)
        row.state.status = .running
        row.state.liveKey = runID
        (row.state.completedAt, row.state.error, row.state.output) = (nil, nil, nil)
        row.state.degraded = false
        row.state.nextCheckAt = nextLook(at: turn.time)
        isChanged = true
    }

    /// Fresh attempts, numbered on from the last one.
    private mutating func grant(_ index: Int, _ turn: TurnContext, _ decision: inout Decision) {
        let wasTried = slots[index].status == .failed || slots[index].isOut
        if wasTried { slots[index].attempt += 1 }
        slots[index].attemptBase = slots[index].attempt
        slots[index].inputs = nil
        guard let problem = prepare(index) else {
            return schedule(index, after: 0, failures[index], nil, turn, &decision)
        }
        fail(index, slots[index].attempt, problem, nil, turn, &decision)
    }

    /// What was skipped or cancelled, and has no failed task above it any more, is open again: with attempts of its own
    /// where its dependencies are there, else waiting for them.
    private mutating func reopen(_ turn: TurnContext, _ decision: inout Decision) {
        var isBlocked = [Bool](repeating: false, count: slots.count)
        for index in flow.order {
            isBlocked[index] = flow.tasks[index].dependsOn.contains { isBlocked[$0] || slots[$0].status == .failed }
            guard !isBlocked[index], slots[index].status == .skipped || slots[index].status == .cancelled else {
                continue
            }
            if slots[index].waitingFor == 0 {
                grant(index, turn, &decision)
            } else {
                (slots[index].isOut, slots[index].attempt) = (false, 0)
                record(index, .pending, attempts: 0, output: nil, failure: nil, nil, turn, &decision)
            }
        }
    }
}
