import JSON

extension RunMachine {
    /// Takes a command. The answer is the sentence of its audit row: nil when it was done, else why it was refused.
    public mutating func apply(
        _ command: RunCommand, turn: TurnContext, into decision: inout Decision
    ) -> CommandAnswer {
        let turn = timed(turn)
        if row.state.control.requests.contains(command.requestID) { return .repeated }
        if command.action != .retry, row.state.status.isFinal {
            return .refused("the run has ended: \(row.state.status.rawValue)")
        }
        let problem = obey(command, turn, &decision)
        // A refusal is remembered too: sent again after the run has changed, it must not come true. An ended run's row
        // is left alone: there the audit row remembers it, which lanes ask for.
        if problem == nil || !row.state.status.isFinal {
            row.state.control.note(request: command.requestID)
            isChanged = true
        }
        return problem.map { .refused($0) } ?? .done
    }

    /// What stands against it; nil when it was done.
    private mutating func obey(
        _ command: RunCommand, _ turn: TurnContext, _ decision: inout Decision
    ) -> CommandRefusal? {
        switch command.action {
        case .retry: return redrive(command, turn, &decision)
        case .cancel: cancel(command, turn, &decision)
        case .pause:
            guard row.state.status != .paused else { return "the run is paused already" }
            pause(command, turn, &decision)
        case .resume:
            guard row.state.status == .paused else { return "the run is not paused" }
            resume(command, turn, &decision)
        }
        return nil
    }

    public enum CommandAnswer: Sendable, Equatable {
        case done
        /// Applied before; nothing happens again.
        case repeated
        case refused(CommandRefusal)
    }

    private mutating func cancel(_ command: RunCommand, _ turn: TurnContext, _ decision: inout Decision) {
        row.state.control.cancelActor = command.actor
        row.state.control.cancelReason = command.reason
        cancelOpenTasks(turn, &decision)
        end(as: .cancelled, error: command.reason, turn)
    }

    private mutating func pause(_ command: RunCommand, _ turn: TurnContext, _ decision: inout Decision) {
        row.state.status = .paused
        row.state.nextCheckAt = nextLook(at: turn.time)
        row.state.control.begin(
            RunControl.Pause(batch: turn.batch, at: turn.time, actor: command.actor, reason: command.reason))
        decision.parkedRuns.append((runID, true))
    }

    private mutating func resume(_ command: RunCommand, _ turn: TurnContext, _ decision: inout Decision) {
        row.state.control.endPause(command, turn)
        row.state.status = .running
        row.state.nextCheckAt = nextLook(at: turn.time)
        decision.parkedRuns.append((runID, false))
    }

    /// When the run's time is up, counted from its beginning or last revival, without pauses; nil while it is paused
    /// or without a limit.
    func deadline(at now: Microseconds) -> Microseconds? {
        guard let timeout = row.state.control.timeout, row.state.status == .running else { return nil }
        let start = row.state.control.revivals.last?.at ?? row.createdAt
        return start + timeout + row.state.control.pausedTime(since: start, until: now)
    }

    /// Ends the run if its time limit has passed.
    public mutating func expire(turn: TurnContext, into decision: inout Decision) -> Bool {
        let turn = timed(turn)
        guard let deadline = deadline(at: turn.time), deadline <= turn.time else { return false }
        let limit = (row.state.control.timeout ?? 0) / 1_000
        cancelOpenTasks(turn, &decision)
        end(as: .failed, error: Array("timeout: the run did not end within \(limit) ms".utf8)[...], turn)
        return true
    }

    /// Executors are to end tasks of this run that were dispatched up to then; nil: none. A cancelled run never lives
    /// again, so all of them. One that failed with tasks out may, so those of its next life are to be told apart: it
    /// begins a millisecond later, which is what messages name.
    public var cancelMark: Microseconds? {
        switch row.state.status {
        case .cancelled: .max
        case .failed: slots.contains { $0.status == .cancelled && $0.isOut } ? row.state.completedAt : nil
        case .requested, .running, .paused, .completed: nil
        }
    }

    mutating func end(as status: RunStatus, error: Bytes?, _ turn: TurnContext) {
        row.state.status = status
        row.state.error = error
        row.state.completedAt = turn.time
        row.state.nextCheckAt = nil
        row.state.liveKey = nil
        row.state.control.endBatch = turn.batch
        row.state.control.endings += 1
        isChanged = true
    }
}
