import Platform
import Workflow

/// Ending: what handlers have ended, what is over its time, what has to go on elsewhere.
extension Executor {
    /// Takes what handlers have ended. Whether there was anything.
    func collect(_ now: StepTime) -> Bool {
        completions.removeAll(keepingCapacity: true)
        outside.runner.collect(into: &completions)
        for completion in completions {
            if let attempt = running.remove(completion.id) {
                conclude(attempt, completion.outcome, now)
            } else {
                abandoned.remove(completion.id)
            }
        }
        return !completions.isEmpty
    }

    /// Looks at what is due: waiting handlers whose time has come, tasks over their limit, handlers that did not
    /// listen, attempts that take long.
    func lookAtDue(_ now: StepTime) {
        for id in running.due(at: now.steady) {
            guard let attempt = running[id] else { continue }
            if now.steady >= attempt.endAt {
                if let outcome = attempt.outcome, attempt.ending == nil, now.steady < attempt.deadline {
                    _ = running.remove(id)
                    finish(attempt, outcome, now)
                } else {
                    tellToEnd(id, attempt, attempt.ending ?? .timeout, now)
                }
            } else if now.steady >= attempt.holdAt {
                reportHeld(id, attempt, now)
            }
        }
    }

    /// Tells a handler to end; one that was told already and did not in its grace is given up, and its slot is free.
    func tellToEnd(_ id: Int, _ attempt: RunningAttempt, _ ending: RunningAttempt.Ending, _ now: StepTime) {
        if attempt.outcome == nil, attempt.ending == nil {
            running.update(id) {
                $0.ending = ending
                $0.endAt = now.steady + limits.cancelGrace
            }
            outside.runner.cancel(id)
        } else if var attempt = running.remove(id) {
            if attempt.outcome == nil { abandon(id, attempt) }
            attempt.ending = ending
            conclude(attempt, .failed(ReportedFailure("")), now)
        }
    }

    /// Its handler goes on, whatever we say. So many of these are borne; each further one costs a slot.
    private func abandon(_ id: Int, _ attempt: RunningAttempt) {
        abandoned.insert(id)
        counts.abandoned += 1
        outside.journal.warning(
            "A handler does not end although it was told to; its task goes on without it.",
            [
                .runID(text(attempt.message.runID)), .taskID(text(attempt.message.taskID)),
                .handler(text(attempt.message.handler)),
            ])
    }

    /// Slots that may be taken: those of handlers that never end are missing, beyond what is borne.
    public var usableSlots: Int { max(0, limits.slots - max(0, abandoned.count - limits.abandoned)) }

    /// Every place where a handler could run is taken by one that never ends: nothing can be done here any more, and
    /// only the end of the process frees them.
    public var isChoked: Bool {
        state == .running && abandoned.count >= min(limits.slots, limits.threads) + limits.abandoned
    }

    /// Asks, at most every 200 ms, which of the runs that have tasks running here were cancelled.
    func askForCancelled(_ now: StepTime) {
        guard now.steady >= askedAt, running.count > 0 || !askedForNone else { return }
        askedAt = now.steady + limits.signalInterval
        askedForNone = running.count == 0
        let ids = running.ids
        let runs = Set(ids.compactMap { running[$0].map { Array($0.message.runID) } })
        askForPaused(ids)
        obey(outside.signals.cancelled(among: Array(runs)), ids, now)
    }

    /// A run that failed may live again: only what was dispatched before its end is to end.
    private func obey(_ marks: [CancelMark], _ ids: [Int], _ now: StepTime) {
        guard !marks.isEmpty else { return }
        let limits = Dictionary(marks.map { ($0.runID, $0.limit) }, uniquingKeysWith: max)
        for id in ids {
            guard let attempt = running[id], attempt.ending == nil,
                let limit = limits[Array(attempt.message.runID)], attempt.message.isDispatched(by: limit)
            else { continue }
            tellToEnd(id, attempt, .cancelled, now)
        }
    }

    /// Only segments need to know: nothing else starts here without its lane.
    private func askForPaused(_ ids: [Int]) {
        let runs = ids.compactMap { id in
            running[id].flatMap { $0.segment?.run.nextHandler == nil ? nil : Array($0.message.runID) }
        }
        guard !runs.isEmpty || !pausedRuns.isEmpty else { return }
        pausedRuns = Set(outside.signals.paused(among: runs))
    }

    /// What a handler that was told to end has to say counts only if it is a success: then the work was done.
    private func conclude(_ attempt: RunningAttempt, _ outcome: HandlerOutcome, _ now: StepTime) {
        guard let ending = attempt.ending, case .failed(let own) = outcome else {
            return finish(attempt, outcome, now)
        }
        guard ending != .handedBack else { return handBack(attempt) }
        if ending == .cancelled { counts.cancelled += 1 }
        var failure = failure(ending, attempt)
        failure.partialOutput = own.partialOutput
        finish(attempt, .failed(failure), now)
    }

    private func failure(_ ending: RunningAttempt.Ending, _ attempt: RunningAttempt) -> ReportedFailure {
        // Its lane ignores this, for the run has ended. Where it has not, anybody may have written to Redis: then the
        // attempt is lost, and no more than that.
        guard ending == .timeout else {
            return ReportedFailure("stopped: Redis says that its run has ended", .transient, type: "cancelled")
        }
        let milliseconds = (attempt.deadline - attempt.started.steady) / 1_000
        return ReportedFailure("no result within its time limit of \(milliseconds) ms", .timeout, type: "timeout")
    }
}
