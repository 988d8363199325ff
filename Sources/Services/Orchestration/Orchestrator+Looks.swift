import Workflow

/// The two looks, and held tasks whose holder is silent: how an attempt nothing comes back of is found and judged.
///
/// A look (`next_check_at`) finds what is out. Then the ends of the task topics are noted; when the executors' group
/// has come that far and the task's time limit has passed since, the ends of the result topics are noted; when the lane
/// has read up to them and the attempt still stands as it stood, it is dispatched once more. A held task whose holder
/// is silent waits until the lane has read on for a while instead.
extension Orchestrator {
    /// A step this late was none: the process stood still, and read nothing.
    private static let standstill: Microseconds = 5_000_000

    /// Notes since when the lanes have been read without an error or a standstill.
    func noteReading(_ signals: LogSignals, isReading: Bool) {
        let now = clock.monotonic
        let isTroubled = signals.trouble != nil || logTrouble != nil
        if !isReading || isTroubled || now - lastReceive > Self.standstill { readsSince = now }
        lastReceive = now
    }

    // MARK: In a turn

    /// Runs whose time to be looked at has come, as the store told.
    func look(at due: DueRuns, _ turn: inout Turn) {
        for id in due.runs {
            guard let run = runs[id] else { continue }
            turn.touch(run)
            let context = context(lane: run.lane)
            guard !run.machine.expire(turn: context, into: &turn.decision) else { continue }
            turn.suspects += run.machine.look(turn: context)
        }
        turn.lookedUntil = due.lookedUntil
    }

    /// As many as a turn has room for; the others at the next tick.
    func judge(_ ripe: ArraySlice<Suspect>, _ retryRows: Set<AttemptKey>, _ turn: inout Turn) {
        for suspect in ripe where turn.decision.rowBytes < Limits.turnRowBytes {
            turn.judged.insert(suspect)
            guard suspect.kind != .out || !retryRows.contains(suspect.attempt) else { continue }
            guard let run = runs[suspect.attempt.runID] else { continue }
            let context = context(lane: run.lane)
            guard run.machine.judge(suspect, turn: context, into: &turn.decision) else { continue }
            turn.touch(run)
            turn.lost.append(suspect)
        }
    }

    /// After the turn's commit, or when it had nothing to commit.
    func noteLooks(of turn: Turn) {
        for (lane, time) in turn.lookedUntil { lanes[lane]?.lookedUntil = time }
        lookAgain(from: turn.decision)
        suspects.add(turn.suspects)
        if !turn.judged.isEmpty {
            suspects.ripe.removeAll { turn.judged.contains($0) }
            suspects.forget(turn.judged)
        }
        for suspect in turn.lost { observer.noticed(.attemptLost(suspect)) }
    }

    // MARK: Between turns

    /// Brings suspects forward. Called when the work of every committed turn is on the topics, so that ends noted here
    /// are behind every message the looks know of.
    func watchSuspects() {
        guard !suspects.isEmpty, wanted == nil, clock.monotonic - lastWatch >= settings.tick else { return }
        lastWatch = clock.monotonic
        suspects.keep { suspect in
            lanes[suspect.lane] != nil && runs[suspect.attempt.runID]?.machine.isStill(suspect) ?? true
        }
        do throws(PortError) {
            try noteTaskEnds()
            try proveReading()
            try followExecutors()
            try noteResultEnds()
        } catch {
            observer.noticed(.lookFailed(error.description))
        }
        collectRipe()
    }

    /// The first look: what has a retry row is not out, the rest waits for the executors. Rows are read before ends.
    private func noteTaskEnds() throws(PortError) {
        guard !suspects.found.isEmpty else { return }
        let ids = Array(Set(suspects.found.filter { $0.kind == .out }.map(\.attempt.runID)))
        guard let rows = ids.isEmpty ? [] : ask({ () throws(StoreError) in try self.store.retryRows(of: ids) }) else {
            return
        }
        var out: [Suspect] = []
        for suspect in suspects.found {
            let patience = suspect.kind == .held ? settings.lossPatience : 0
            if suspect.kind != .out {
                let now = clock.monotonic
                suspects.waiting.append((suspect, now, now + patience))
            } else if rows.contains(suspect.attempt) {
                suspects.forget([suspect])
            } else {
                out.append(suspect)
            }
        }
        suspects.found = []
        guard !out.isEmpty else { return }
        do throws(PortError) {
            var ends: [Identifier: [Int32: Int64]] = [:]
            for pool in Set(out.map(\.pool)) {
                for part in try log.taskProgress(of: pool) { ends[pool, default: [:]][part.partition] = part.end }
            }
            suspects.looks.append(SuspectList.Look(ends: ends, suspects: out))
        } catch {
            suspects.found = out
            throw error
        }
    }

    /// The executors may have come past everything that was there at a look: from then on their time limits run.
    private func followExecutors() throws(PortError) {
        guard !suspects.looks.isEmpty, clock.monotonic - lastFollow >= settings.followEvery else { return }
        lastFollow = clock.monotonic
        var progress: [Identifier: [TaskProgress]] = [:]
        for pool in Set(suspects.looks.flatMap { $0.ends.keys }) { progress[pool] = try log.taskProgress(of: pool) }
        let now = clock.monotonic
        let isReached = { (look: SuspectList.Look) in
            look.ends.allSatisfy { Self.isReached($0.value, progress[$0.key] ?? []) }
        }
        for look in suspects.looks where isReached(look) {
            suspects.waiting += look.suspects.map { ($0, now, now + $0.limit) }
        }
        suspects.looks.removeAll(where: isReached)
    }

    /// Everywhere at the lower of what the topic's end was and what it is.
    private static func isReached(_ ends: [Int32: Int64], _ progress: [TaskProgress]) -> Bool {
        progress.allSatisfy { $0.reached >= min(ends[$0.partition] ?? 0, $0.end) }
    }

    /// Silence of the client is no proof that it reads: while a holder is waited for, the log must answer at each tick.
    private func proveReading() throws(PortError) {
        let waiting = suspects.waiting.first { $0.suspect.kind == .held }
        if let waiting { _ = try resultEnds(of: waiting.suspect.lane) }
    }

    private func resultEnds(of lane: Int32) throws(PortError) -> LanePosition {
        do throws(PortError) { return try log.ends(of: lane) } catch {
            readsSince = clock.monotonic
            throw error
        }
    }

    /// The second look: their time has come, and what came back by now lies before these ends. Whoever was silent had
    /// the chance to be heard: the lane has read without an error all the while.
    private func noteResultEnds() throws(PortError) {
        let now = clock.monotonic
        let due = suspects.waiting.filter { entry in
            guard entry.due <= now else { return false }
            return entry.suspect.kind != .held || now - max(entry.from, readsSince) >= settings.lossPatience
        }
        guard !due.isEmpty else { return }
        var ends: [Int32: LanePosition] = [:]
        for lane in Set(due.map(\.suspect.lane)) { ends[lane] = try resultEnds(of: lane) }
        let moved = Set(due.map(\.suspect))
        suspects.waiting.removeAll { moved.contains($0.suspect) }
        suspects.reading.append(SuspectList.Reading(ends: ends, suspects: Array(moved)))
    }

    private func collectRipe() {
        let isRead = { (reading: SuspectList.Reading) in
            reading.ends.allSatisfy { id, end in
                guard let position = self.lanes[id]?.position else { return false }
                return position.taskDone >= end.taskDone && position.taskFailed >= end.taskFailed
            }
        }
        suspects.ripe += suspects.reading.filter(isRead).flatMap(\.suspects)
        suspects.reading.removeAll(where: isRead)
    }

    /// A run may want to be looked at before the time we have looked until already: its turn was decided long before it
    /// committed, or Postgres' clock went back.
    private func lookAgain(from decision: Decision) {
        let times = decision.runStates.map(\.state.nextCheckAt) + decision.newRuns.map(\.state.nextCheckAt)
        guard let first = times.compactMap({ $0 }).min() else { return }
        for (id, lane) in lanes where lane.lookedUntil >= first { lanes[id]?.lookedUntil = first - 1 }
    }

    /// Now and then the rows learn how far was looked, so that the next owner need not begin at the beginning.
    func noteLookedLanes() {
        let moved = lanes.values.filter {
            $0.lookedUntil < $0.notedLookedUntil || $0.lookedUntil - $0.notedLookedUntil >= settings.noteLooksEvery
        }
        guard !moved.isEmpty else { return }
        let times = Dictionary(uniqueKeysWithValues: moved.map { ($0.id, $0.lookedUntil) })
        let tokens = moved.map(\.token)
        guard ask({ () throws(StoreError) in try self.store.noteLooked(tokens, until: times) }) != nil else { return }
        for lane in moved { lanes[lane.id]?.notedLookedUntil = lane.lookedUntil }
    }
}
