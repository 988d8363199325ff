import Platform
import Workflow

extension Orchestrator {
    func commitDecided() {
        guard var turn = decided, flight == nil else { return }
        decided = nil
        for index in turn.fences.indices { turn.fences[index].emitted = lanes[turn.fences[index].lane]?.emitted ?? 0 }
        observer.passed(.committing)
        do throws(StoreError) {
            try store.submit(turn.fences, turn.decision)
            settle(turn, store.outcome())
        } catch {
            switch error {
            case .unavailable(let words):
                note(storeTrouble: words)
                undo(turn)
            case .refused(let refusal): settle(turn, .refused(refusal))
            }
        }
    }

    private func settle(_ turn: Turn, _ outcome: CommitOutcome) {
        switch outcome {
        case .committed(let now): committed(turn, at: now)
        case .refused(let refusal): refused(turn, refusal)
        case .unavailable(let words):
            broke(turn, words)
            note(storeTrouble: words)
            undo(turn)
        case .unknown(let words):
            note(storeTrouble: words)
            observer.noticed(.commitUnknown(words))
            unsettled = turn
        }
    }

    /// A commit whose answer was lost is read back before anything else happens; never guessed.
    func settleUnknownCommit() -> Bool {
        guard let turn = unsettled else { return true }
        let words = storeTrouble
        guard let answer = ask({ () throws(StoreError) in try self.store.readBack(turn.fences) }) else { return false }
        unsettled = nil
        switch answer {
        case .committed(let now): committed(turn, at: now)
        case .notCommitted:
            broke(turn, words ?? "no answer")
            retake(after: turn)
        case .lost(let lanes): lostToAnother(turn, lanes)
        }
        return true
    }

    /// What was sent may still be on its way, and would commit as this very batch: a new token shuts it out.
    private func retake(after turn: Turn) {
        undo(turn)
        takeAnew()
    }

    private func committed(_ turn: Turn, at now: Microseconds) {
        note(storeTrouble: nil)
        time.set(now, at: clock.monotonic)
        (prefix, condemned, looksUpRequests, looksUpRetries) = (Int.max, nil, false, false)
        breaks.noteCommit(records: turn.records)
        for definition in turn.decision.definitions { flows.noteStored(definition.sha256) }
        for fence in turn.fences { advance(fence, at: now) }
        for row in turn.decision.outbox { noteOutbox(of: row.lane) }
        inbox.removeFirst(min(turn.records, inbox.count))
        outcomes.count(turn.decision, now: clock.monotonic) { runs[$0] }
        pace.note(turn.decision)
        forget(turn)
        noteLooks(of: turn)
        report(turn)
        observer.passed(.committedNotPublished)
        flight = turn
        publishFlight()
    }

    private func noteOutbox(of id: Int32) {
        guard let lane = lanes[id] else { return }
        lanes[id]?.oldestOutbox = min(lane.oldestOutbox ?? lane.batch, lane.batch)
    }

    private func advance(_ fence: LaneFence, at now: Microseconds) {
        guard var lane = lanes[fence.lane], lane.owner == fence.owner else { return }
        lane.batch = fence.batch + 1
        lane.notedEmitted = fence.emitted
        lane.position = fence.position
        if let trying = lane.trying, lane.position[trying.topic] > trying.offset { lane.trying = nil }
        lane.lastCommit = now
        if let goal = lane.catchUp, lane.position.flowRuns >= goal { lane.catchUp = nil }
        let isReleased = lane.catchUp == nil && lanes[fence.lane]?.catchUp != nil
        lanes[fence.lane] = lane
        if isReleased { holdBackResults() }
    }

    /// Memory after a commit: ended runs leave it, the rest is weighed against the limit.
    private func forget(_ turn: Turn) {
        mirrorQueue.note(turn, lanes: lanes)
        for run in turn.touched {
            if run.status.isFinal {
                runs.drop(run.id)
                endedRuns.note(run.id, run.status)
            } else {
                runs.weigh(run)
            }
        }
        for id in turn.refused { endedRuns.note(id, .failed) }
        // A retry has brought it back to life.
        for audit in turn.decision.audits where runs.contains(audit.runID) { endedRuns.forget(audit.runID) }
        runs.trim()
    }

    private func report(_ turn: Turn) {
        observer.noticed(
            .turnCommitted(
                records: turn.records, turn.decision, ended: turn.ended, took: clock.monotonic - turn.committedAt))
        tellSize()
    }

    func tellSize() { observer.noticed(.cacheSize(runs: runs.count, bytes: runs.bytes)) }

    private func refused(_ turn: Turn, _ refusal: Refusal) {
        observer.noticed(.turnRefused("\(refusal)"))
        undo(turn)
        switch refusal {
        case .fenced: findLostLanes(turn)
        case .duplicateRun: looksUpRequests = true
        case .liveRetry: looksUpRetries = true
        // Its parent is read anew with the next decision.
        case .parentChanged: break
        case .data(let words): narrow(turn, words)
        case .server(let words): note(storeTrouble: words)
        }
    }

    /// Cuts the turn in half until the refused record stands alone, without what was only due; then that record is
    /// decided as refused.
    private func narrow(_ turn: Turn, _ words: String) {
        if turn.records > 1 {
            prefix = (turn.records + 1) / 2
        } else if turn.records == 1, turn.isDue {
            prefix = 1
        } else if turn.records == 1 {
            (prefix, condemned) = (1, Condemned(words: words, isHopeless: condemned != nil))
        } else {
            note(storeTrouble: words)
        }
    }

    /// The inbox is another one now: whatever was suspected of a record in it holds no more.
    func stopNarrowing() { (prefix, condemned) = (.max, nil) }

    private func findLostLanes(_ turn: Turn) {
        let ours = ask { () throws(StoreError) in try self.store.held(turn.fences) }
        let lost = Set(turn.fences.map(\.lane)).subtracting(ours ?? [])
        lostToAnother(turn, lost.isEmpty ? Set(turn.fences.map(\.lane)) : lost)
    }

    private func lostToAnother(_ turn: Turn, _ lost: Set<Int32>) {
        undo(turn)
        loseLanes(lost)
        for lane in lost { disputed[lane] = clock.monotonic + settings.disputeTime }
    }

    /// A turn that did not commit never happened: the runs it touched leave memory, its records are decided again.
    func undo(_ turn: Turn) {
        #if DEBUG
            if OrchestratorMutant.keepsUndoneTurns { return }
        #endif
        for run in turn.touched { runs.drop(run.id) }
    }

    func dropDecided() {
        guard let turn = decided else { return }
        decided = nil
        undo(turn)
    }
}
