import Platform
import Workflow

extension Orchestrator {
    /// Takes the lanes the group gave us: our token into their rows, positions out of them, and the work of a batch
    /// that may not have been published.
    func takeWantedLanes() {
        retakeDisputed()
        guard let ids = wanted, flight == nil, unsettled == nil else { return }
        guard !ids.isEmpty else { return takeNothing() }
        // Taken before, but Kafka could not be asked: still ours, and taking them again would look like a crash.
        if !halfTaken.isEmpty { return adoptHalfTaken() }
        guard let taken = ask({ () throws(StoreError) in try self.checkpoints(of: ids) }) else { return }
        guard fatal == nil, taken.count == ids.count else { return }
        halfTaken = taken
        if let now = taken.map(\.takenAt).max() { time.set(now, at: clock.monotonic) }
        observer.passed(.takingLane)
        adopt(taken)
    }

    private func adoptHalfTaken() {
        let tokens = halfTaken.compactMap { lanes[$0.lane]?.token }
        guard let ours = ask({ () throws(StoreError) in try self.store.held(tokens) }) else { return }
        if ours.count == halfTaken.count { adopt(halfTaken) } else { halfTaken = [] }
    }

    /// The group has more members than lanes: ready to step in, and healthy if the store answers.
    private func takeNothing() {
        guard let name = ask({ () throws(StoreError) in try self.store.installation() }) else { return }
        (installation, wanted) = (name, nil)
        observer.noticed(.lanesTaken([]))
    }

    private func retakeDisputed() {
        guard wanted == nil, !disputed.isEmpty else { return }
        let due = disputed.filter { $0.value <= clock.monotonic }.map(\.key)
        guard !due.isEmpty else { return }
        for lane in due { disputed[lane] = nil }
        takeAnew(with: due)
    }

    private func checkpoints(of ids: [Int32]) throws(StoreError) -> [LaneCheckpoint] {
        if installation.isEmpty { installation = try store.installation() }
        var token = newToken()
        var taken = try store.take(ids, owner: token)
        let fresh = Set(ids).subtracting(taken.map(\.lane))
        if !fresh.isEmpty {
            for lane in fresh.sorted() { guard try createCheckpoint(lane) else { return [] } }
            token = newToken()
            taken = try store.take(ids, owner: token)
        }
        for checkpoint in taken { lanes[checkpoint.lane] = Lane(checkpoint, owner: token) }
        return taken
    }

    /// First start of a lane: its positions are resolved once and written down before anything is read.
    private func createCheckpoint(_ lane: Int32) throws(StoreError) -> Bool {
        guard let position = firstPosition(of: lane) else { return false }
        try store.create(lane: lane, at: position, installation: installation)
        return true
    }

    /// Nil when Kafka cannot tell now, or belongs to another database.
    private func firstPosition(of lane: Int32) -> LanePosition? {
        do throws(PortError) {
            let group = try log.groupPosition(of: lane)
            if group.flowRuns != nil, group.installation != installation {
                endFatally(
                    "lane \(lane) has no checkpoint in this database, but its consumer group holds offsets of "
                        + "installation \(group.installation ?? "unknown"); this database is \(installation). Point "
                        + "ORCHESTRATOR_DATABASE_URL at the right database, or run `flowfleet admin adopt`")
                return nil
            }
            return try log.firstPosition(of: lane)
        } catch {
            note(logTrouble: error.description)
            return nil
        }
    }

    private func adopt(_ taken: [LaneCheckpoint]) {
        runs.dropAll { _ in true }
        endedRuns.removeAll()
        inbox.removeAll()
        decided = nil
        stopNarrowing()
        (announced, takenAt) = (nil, clock.monotonic)
        (mayHaveWaiting, lastDueLook) = (true, .min / 2)
        (suspects, readsSince) = (SuspectList(), clock.monotonic)
        var positions: [Int32: LanePosition] = [:]
        for checkpoint in taken { positions[checkpoint.lane] = checkpoint.position }
        do throws(PortError) {
            for checkpoint in taken { try compareWithGroup(checkpoint) }
            guard let last = ask({ () throws(StoreError) in try self.lastWork(of: taken) }) else { return }
            try log.assign(positions)
            holdBackResults()
            publish(again: last.work)
            mirror.write(last.states)
            wanted = nil
            showPositions()
            observer.noticed(.lanesTaken(taken.map(\.lane).sorted()))
        } catch {
            note(logTrouble: error.description)
        }
    }

    /// A checkpoint behind the group's offsets means that Postgres fell back: requests are read up to there first. An
    /// offset the group does not know went with its topic, most likely: if that was made anew, our position means
    /// nothing in it, however long it is by now.
    private func compareWithGroup(_ checkpoint: LaneCheckpoint) throws(PortError) {
        let group = try log.groupPosition(of: checkpoint.lane)
        if let committed = group.flowRuns, committed > checkpoint.position.flowRuns {
            lanes[checkpoint.lane]?.catchUp = committed
        }
        for topic in group.unknown where checkpoint.position[topic] > 0 { gaps.append((topic, checkpoint.lane)) }
    }

    func holdBackResults() {
        log.holdResults(of: Set(lanes.values.filter { $0.catchUp != nil }.map(\.id)))
    }

    /// Exactly the work that belongs to the last batch of each lane, where it is not known to have arrived, and the
    /// states of the runs it touched: their former owner may have ended before it showed them.
    private func lastWork(
        of taken: [LaneCheckpoint]
    ) throws(StoreError) -> (work: OutBatch, states: [MirrorEntry]) {
        var work = OutBatch()
        var states: [MirrorEntry] = []
        for checkpoint in taken {
            var known = Known()
            known.keepsEnded = true
            try load(checkpoint.touched, &known)
            let isUnpublished = checkpoint.emitted < checkpoint.batch
            let turn = context(batch: checkpoint.batch, at: time.now(clock.monotonic))
            for id in checkpoint.touched {
                guard let run = runs[id], run.lane == checkpoint.lane else { continue }
                if isUnpublished { run.machine.republish(turn: turn, into: &work) }
                states.append(run.mirrorEntry(epoch: checkpoint.epoch, batch: checkpoint.batch))
                if run.status.isFinal { runs.drop(id) }
            }
            guard isUnpublished else { continue }
            for row in try store.outbox(of: checkpoint.lane, batch: checkpoint.batch) { work.append(row) }
        }
        return (work, states)
    }

    private func publish(again work: OutBatch) {
        var turn = Turn()
        turn.decision.work = work
        turn.committedAt = clock.monotonic
        flight = turn
        publishFlight()
    }

    /// Lanes that are no longer ours: nothing of them stays in memory, and what was decided with them is decided anew.
    func loseLanes(_ lost: Set<Int32>) {
        guard !lost.isEmpty else { return }
        dropDecided()
        if unsettled == nil, flight == nil { giveUp(lanes.values.filter { lost.contains($0.id) }) }
        for id in lost { lanes[id] = nil }
        halfTaken = []
        runs.dropAll { lost.contains($0.lane) }
        endedRuns.removeAll()
        inbox.removeAll { lost.contains($0.lane) }
        stopNarrowing()
        holdBackResults()
        observer.noticed(.lanesLost(lost.sorted()))
        tellSize()
    }

    /// Tells the rows that all work is out, so that the next owner need not publish it again. Best effort: a lane that
    /// somebody else holds by now is left alone.
    func giveUp(_ given: [Lane]) {
        observer.passed(.givingUpLane)
        let ours = given.filter { $0.emitted == $0.batch }
        guard !ours.isEmpty, storeTrouble == nil else { return }
        _ = ask { () throws(StoreError) in try self.store.noteEmitted(ours.map(\.token), forgetTakes: true) }
    }

    /// Positions that Kafka no longer has, or perhaps has in another log. One that cannot be crossed now is tried again
    /// at the next step.
    func crossGaps() {
        let found = gaps
        gaps = []
        for gap in found where !crossGap(gap.topic, gap.lane) { gaps.append(gap) }
    }

    /// Written down, and continued by time.
    private func crossGap(_ topic: InputTopic, _ id: Int32) -> Bool {
        guard let lane = lanes[id] else { return true }
        do throws(PortError) {
            let margin: Microseconds = 3_600_000_000
            let expected = lane.position[topic]
            let next = try log.extent(of: topic, lane: id, since: lane.lastCommit - margin).continuation(of: expected)
            guard next != expected else { return true }
            dropDecided()
            stopNarrowing()
            let gap = LaneGap(lane: id, topic: topic, expected: expected, continuedAt: next)
            guard ask({ () throws(StoreError) in try self.store.moveGap(gap, owner: lane.owner) }) != nil else {
                return false
            }
            observer.noticed(.laneGap(gap))
            lanes[id]?.position[topic] = next
            continueAtPositions()
            return true
        } catch {
            note(logTrouble: error.description)
            return false
        }
    }

    /// Reading goes on where the rows now say. If the log cannot be told so, it would go on elsewhere: then the lanes
    /// are taken anew.
    private func continueAtPositions() {
        inbox.removeAll()
        do throws(PortError) {
            try log.assign(lanes.mapValues(\.position))
            holdBackResults()
        } catch {
            note(logTrouble: error.description)
            takeAnew()
        }
    }

    /// The lanes in our hands, and perhaps others that the group gave us, with a new token.
    func takeAnew(with others: [Int32] = []) {
        let all = Set(lanes.keys).union(others)
        guard wanted == nil, !all.isEmpty else { return }
        wanted = all.sorted()
        loseLanes(Set(lanes.keys))
    }
}
