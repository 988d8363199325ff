import JSON

/// A failed run lives again: its failed tasks get fresh attempts, and what depended on them waits for them once more.
extension RunMachine {
    /// Answers why it is refused; nil when it was done. All tasks asked for, or none.
    mutating func redrive(_ command: RunCommand, _ turn: TurnContext, _ decision: inout Decision) -> CommandRefusal? {
        if let problem = refusalOfLife(turn) { return problem }
        var turn = turn
        turn.time = max(turn.time, (row.state.completedAt ?? 0) + 1_000)
        var chosen: [Int] = []
        do throws(Refused) { chosen = try tasks(of: command) } catch { return error.why }
        // Tried on copies: how much it comes to is known only when all of it is there.
        var (trial, outcome) = (self, decision)
        trial.revive(command, turn)
        for index in chosen {
            outcome.redriven.append(redriven(index, command))
            trial.grant(index, turn, &outcome)
        }
        trial.reopen(command, turn, &outcome)
        guard outcome.rowBytes - decision.rowBytes <= Limits.releasedBytes else {
            return "its tasks have inputs of more than \(Limits.releasedBytes) bytes together: name some of them"
        }
        (self, decision) = (trial, outcome)
        return nil
    }

    private func redriven(_ index: Int, _ command: RunCommand) -> RedrivenTask {
        RedrivenTask(runID: runID, taskID: flow.tasks[index].id, actor: command.actor, reason: command.reason)
    }

    private struct Refused: Error { let why: CommandRefusal }

    /// Those named, or all that failed. Where none did, its tasks were cancelled, by its time limit, say: these are
    /// open again with the run.
    private func tasks(of command: RunCommand) throws(Refused) -> [Int] {
        var chosen: Set<Int> = []
        if let ids = command.taskIDs {
            guard !ids.isEmpty else { throw Refused(why: "no task is named") }
            for id in ids {
                guard let index = flow.index(of: id) else { throw Refused(why: "task \(id) is not part of the flow") }
                chosen.insert(index)
            }
        } else {
            chosen = Set(slots.indices.filter { slots[$0].status == .failed })
            guard !chosen.isEmpty || slots.contains(where: { $0.status == .cancelled }) else {
                throw Refused(why: "\(refusalWithoutFailures)")
            }
        }
        let line = chosen.sorted()
        for index in line { if let problem = refusal(of: index, command) { throw Refused(why: problem) } }
        return line
    }

    /// Of a run whose output could not be built, say.
    private var refusalWithoutFailures: String {
        let error = row.state.error.map { " (its error: \(String(decoding: $0.prefix(200), as: UTF8.self)))" } ?? ""
        return "none of its tasks failed\(error), so there is nothing to try again: start a new run"
    }

    /// A run whose time limit has ended it in this very turn is refused as well: its end has yet to be told.
    private func refusalOfLife(_ turn: TurnContext) -> CommandRefusal? {
        let status = row.state.status
        if status == .failed {
            let isEnding = row.state.control.endBatch == turn.batch
            return isEnding ? CommandRefusal(.justEnding, "the run is just ending") : nil
        }
        if status == .completed, row.state.degraded {
            return "the run has ended: completed without its degraded tasks, which are not tried again: start a new run"
        }
        if status.isFinal { return "the run has ended: \(status.rawValue)" }
        return CommandRefusal(.notEnded, "the run has not ended: \(status.rawValue)")
    }

    private func refusal(of index: Int, _ command: RunCommand) -> CommandRefusal? {
        let (id, slot) = (flow.tasks[index].id, slots[index])
        guard slot.status == .failed || slot.status == .cancelled && slot.waitingFor == 0 else {
            return "task \(id) did not fail: \(slot.status.rawValue)"
        }
        if let attempt = command.afterAttempt, attempt != slot.attempt {
            return "task \(id) was tried again since: its last attempt is \(slot.attempt)"
        }
        var writer = JSONWriter()
        do throws(TaskFailure) { _ = try inputs(of: index, &writer) } catch {
            return "task \(id) cannot be tried: \(String(decoding: error.error, as: UTF8.self))"
        }
        return nil
    }

    private mutating func revive(_ command: RunCommand, _ turn: TurnContext) {
        latest = max(latest, turn.time)
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
        keep(inputs: nil, of: index)
        guard let problem = prepare(index, &decision.work.writer) else {
            return schedule(index, after: 0, failures[index], nil, turn, &decision)
        }
        fail(index, slots[index].attempt, problem, nil, turn, &decision)
    }

    /// What was skipped or cancelled, and has no failed task above it any more, is open again: with attempts of its own
    /// where its dependencies are there, else waiting for them. One that its handler called cancelled has a letter.
    private mutating func reopen(_ command: RunCommand, _ turn: TurnContext, _ decision: inout Decision) {
        var isBlocked = [Bool](repeating: false, count: slots.count)
        for index in flow.order {
            isBlocked[index] = flow.tasks[index].dependsOn.contains { isBlocked[$0] || slots[$0].status == .failed }
            guard !isBlocked[index], slots[index].status == .skipped || slots[index].status == .cancelled else {
                continue
            }
            if slots[index].waitingFor == 0 {
                if failures[index] != nil { decision.redriven.append(redriven(index, command)) }
                grant(index, turn, &decision)
            } else {
                (slots[index].isOut, slots[index].attempt) = (false, 0)
                record(index, .pending, attempts: 0, output: nil, failure: nil, nil, turn, &decision)
            }
        }
    }
}
