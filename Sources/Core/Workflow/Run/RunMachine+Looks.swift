/// An attempt that may be lost, as a look at its run found it. It is judged later, and only if nothing happened to it
/// since: then its row still carries the same batch.
public struct Suspect: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Dispatched, and nothing came back.
        case out
        /// Held, and its holder was silent for longer than it had said.
        case held
        /// Held for longer than its time limit.
        case overdue = "time_limit"
    }

    public var kind: Kind
    public var attempt: AttemptKey
    /// The batch of its task's row; 0 without one.
    public var batch: Int64
    public var lane: Int32
    public var pool: Identifier
    /// The task's time limit.
    public var limit: Microseconds
}

/// Spans between looks.
enum LookTimes {
    /// However small a time limit is, looks are not more frequent.
    static let shortest: Microseconds = 1_000_000
    /// Until a run with a suspect that is held is looked at again, by whoever owns its lane then.
    static let again: Microseconds = 30_000_000

    static func span(_ limit: Microseconds) -> Microseconds { max(limit, shortest) }
}

extension RunMachine {
    /// Looks at every task that is out: what may be lost, and when to look again. Only here and where a task is held
    /// for less is `next_check_at` moved, so that nothing of this costs a run that is quick.
    public mutating func look(turn: TurnContext) -> [Suspect] {
        let turn = timed(turn)
        guard !row.state.status.isFinal else { return [] }
        let suspects = slots.indices.compactMap { suspect($0, turn.time) }
        row.state.nextCheckAt = nextLook(at: turn.time)
        isChanged = true
        return suspects
    }

    private func suspect(_ index: Int, _ now: Microseconds) -> Suspect? {
        let (slot, task) = (slots[index], flow.tasks[index])
        let kind: Suspect.Kind
        switch slot.status {
        case .running where isOverdue(index, now): kind = .overdue
        case .running where (slot.heldUntil ?? now) <= now: kind = .held
        case .pending where slot.isOut: kind = .out
        case .retrying where (slot.nextRetryAt ?? now) <= now && row.state.status == .running: kind = .out
        default: return nil
        }
        let key = AttemptKey(runID: runID, taskID: task.id, attempt: slot.attempt)
        return Suspect(
            kind: kind, attempt: key, batch: slot.batch, lane: row.lane, pool: task.pool, limit: task.limit)
    }

    private func isOverdue(_ index: Int, _ now: Microseconds) -> Bool {
        guard let hold = holds[index] else { return false }
        return hold.since + flow.tasks[index].limit <= now
    }

    /// When the run has to be looked at again: at its time limit, when a hold runs out, and after the smallest time
    /// limit of its open tasks; while it is paused only for what is held.
    func nextLook(at now: Microseconds) -> Microseconds? {
        var next = deadline(at: now)
        for index in slots.indices where slots[index].status.isOpen {
            guard let time = nextLook(index, now) else { continue }
            next = min(next ?? time, time)
        }
        return next
    }

    private func nextLook(_ index: Int, _ now: Microseconds) -> Microseconds? {
        guard let until = slots[index].heldUntil, let hold = holds[index] else {
            return row.state.status == .running ? now + LookTimes.span(flow.tasks[index].limit) : nil
        }
        let end = min(until, hold.since + flow.tasks[index].limit)
        return end > now ? end : now + LookTimes.again
    }

    /// Whether the attempt stands as it stood when it was found.
    public func isStill(_ suspect: Suspect) -> Bool {
        guard !row.state.status.isFinal, let index = flow.index(of: suspect.attempt.taskID) else { return false }
        let slot = slots[index]
        guard slot.status.isOpen, slot.attempt == suspect.attempt.attempt else { return false }
        switch suspect.kind {
        case .out: return slot.batch == suspect.batch && slot.status != .running && slot.isOut
        case .held: return slot.batch == suspect.batch && slot.status == .running
        // However often its holder says that it goes on.
        case .overdue: return slot.status == .running
        }
    }

    /// The verdict over an attempt that nothing was heard of: dispatched once more if it was only out, failed if it was
    /// held. False when it came back meanwhile.
    public mutating func judge(_ suspect: Suspect, turn: TurnContext, into decision: inout Decision) -> Bool {
        let turn = timed(turn)
        guard isStill(suspect), let index = flow.index(of: suspect.attempt.taskID) else { return false }
        let limit = flow.tasks[index].limit / 1_000
        switch suspect.kind {
        case .out: dispatchAgain(index, turn, &decision)
        case .held:
            guard (slots[index].heldUntil ?? turn.time) <= turn.time else { return false }
            let words = "worker_lost: nothing was heard of the executor that held the task"
            lose(index, .workerLost, words, turn, &decision)
        case .overdue: lose(index, .timeout, "timeout: the task did not end within \(limit) ms", turn, &decision)
        }
        return true
    }

    /// What vanishes time and again is not the log's fault: an executor whose answers nobody can read, say. How often
    /// it did stands in the row, as the error that people see meanwhile.
    private mutating func dispatchAgain(_ index: Int, _ turn: TurnContext, _ decision: inout Decision) {
        let last = failures[index]?.error
        let times = Self.vanishings.firstIndex { last?.elementsEqual($0.utf8) == true }.map { $0 + 1 } ?? 0
        guard times < Self.vanishings.count else {
            let words = "worker_lost: it was dispatched \(times + 1) times, and no answer that can be read came back"
            return lose(index, .workerLost, words, turn, &decision)
        }
        let error = Array(Self.vanishings[times].utf8)[...]
        let detail = FailureDetail(error: error, errorClass: .workerLost, at: turn.time)
        schedule(index, after: 0, detail, nil, turn, &decision)
    }

    /// So often an attempt is dispatched again when nothing came back of it.
    static let vanishings = [
        "worker_lost: no answer came back; dispatched a second time",
        "worker_lost: no answer came back; dispatched a third time",
    ]

    private mutating func lose(
        _ index: Int, _ errorClass: ErrorClass, _ words: String, _ turn: TurnContext, _ decision: inout Decision
    ) {
        let failure = TaskFailure(error: Array(words.utf8)[...], errorClass: errorClass)
        var result = TaskResult(
            runID: runID, taskID: flow.tasks[index].id, attempt: slots[index].attempt, outcome: .failed(failure))
        result.workerID = holds[index]?.workerID
        result.finishedAt = turn.time
        fail(index, slots[index].attempt, failure, result, turn, &decision)
    }
}
