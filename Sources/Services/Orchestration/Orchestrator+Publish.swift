import Platform
import Workflow

extension Orchestrator {
    /// Hands the turn's work to the log; asks for the token first when so much time has passed that somebody else may
    /// own the lanes by now. `committedAt` is a time before the commit, so a pause during it counts.
    func publishFlight() {
        guard var turn = flight, !turn.isSent, clock.monotonic >= sendAgainAt, ownsFlight(turn) else { return }
        if turn.decision.work.isEmpty {
            flight = nil
            return emitted(turn)
        }
        observer.passed(.publishing)
        turn.decision.work.isQuick = pace.isQuick(turn.decision.work)
        (turn.isSent, turn.sentAt) = (true, clock.monotonic)
        flight = turn
        log.send(turn.decision.work)
    }

    /// False while the store cannot tell, and when a lane was lost: then the flight is gone.
    private func ownsFlight(_ turn: Turn) -> Bool {
        guard !turn.fences.isEmpty, clock.monotonic - turn.committedAt > settings.publishGrace else { return true }
        guard let ours = ask({ () throws(StoreError) in try self.store.held(turn.fences) }) else { return false }
        let lost = Set(turn.fences.map(\.lane)).subtracting(ours)
        guard !lost.isEmpty else { return true }
        flight = nil
        let mine = lost.intersection(lanes.keys)
        loseLanes(mine)
        for lane in mine { disputed[lane] = clock.monotonic + settings.disputeTime }
        return false
    }

    /// Lets the work before arrive. False while it has not: nothing may be committed in front of it.
    func finishFlight() -> Bool {
        publishFlight()
        guard var turn = flight else { return true }
        guard turn.isSent else { return false }
        switch log.delivery(wait: 50_000) {
        case .pending: return false
        case .delivered:
            note(logTrouble: nil)
            flight = nil
            observer.noticed(.published(took: clock.monotonic - turn.sentAt))
            emitted(turn)
            swap(&spare, &turn.decision)
            spare.empty()
            return true
        case .failed(let words):
            note(logTrouble: words)
            flight?.isSent = false
            sendAgainAt = clock.monotonic + settings.sendAgainAfter
            return false
        }
    }

    private func emitted(_ turn: Turn) {
        observer.passed(.publishedNotNoted)
        if turn.fences.isEmpty {
            for lane in lanes.values { lanes[lane.id]?.emitted = lane.batch }
        }
        for fence in turn.fences where lanes[fence.lane]?.owner == fence.owner {
            lanes[fence.lane]?.emitted = fence.batch + 1
        }
    }

    /// Once a second: notes what is out, shows positions, looks at waiting commands and at runs whose time has come.
    func tick() {
        let now = clock.monotonic
        guard now - lastTick >= settings.tick else { return }
        lastTick = now
        mirror.collect()
        if storeTrouble != nil { _ = ask { () throws(StoreError) in try self.store.held([]) } }
        if mustVerify { verifyLanes() }
        guard !lanes.isEmpty, wanted == nil else { return }
        noteEmittedLanes()
        noteOutcomes(now)
        noteLookedLanes()
        countTasksOut()
        showPositions()
    }

    /// Now and then: it walks through all memory.
    private func countTasksOut() {
        guard clock.monotonic - lastCount >= 10 * settings.tick else { return }
        lastCount = clock.monotonic
        observer.noticed(.tasksOut(runs.tasksOut))
    }

    /// Only of lanes whose log is known to be the one they were read from: what the group knows is told by this.
    func showPositions() {
        let sure = lanes.filter { id, _ in !gaps.contains { $0.lane == id } }
        if !sure.isEmpty { log.showPosition(sure.mapValues(\.position), installation: installation) }
    }

    /// The store was away and is back: perhaps in an older state, where our batches never happened. Without a look at
    /// it, lanes without input would not notice.
    private func verifyLanes() {
        let tokens = lanes.values.map(\.token)
        guard let answer = ask({ () throws(StoreError) in try self.store.readBack(tokens) }) else { return }
        mustVerify = false
        for id in lanes.keys { lanes[id]?.notedEmitted = -1 }
        guard case .lost(let lost) = answer else { return }
        loseLanes(lost)
        for lane in lost { disputed[lane] = clock.monotonic }
    }

    /// For the circuit breakers of the retry workers; what a store that is away does not take is forgotten.
    private func noteOutcomes(_ now: Microseconds) {
        let counted = outcomes.take(now: now)
        guard !counted.isEmpty else { return }
        _ = ask { () throws(StoreError) in try self.store.noteOutcomes(counted) }
    }

    private func noteEmittedLanes() {
        let behind = lanes.values.filter { $0.hasToNote(isSteady: isSteady) }
        guard !behind.isEmpty else { return }
        let tokens = behind.map(\.emittedToken)
        guard ask({ () throws(StoreError) in try self.store.noteEmitted(tokens, forgetTakes: isSteady) }) != nil
        else { return }
        for lane in behind { lanes[lane.id]?.noted(isSteady: isSteady) }
    }
}
