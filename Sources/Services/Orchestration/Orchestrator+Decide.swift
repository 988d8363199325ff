import JSON
import Platform
import Workflow

extension Orchestrator {
    /// Decides a prefix of the inbox, and what time alone asks for. Leaves `decided` nil when there is nothing to do or
    /// the store cannot be asked; the same records are then decided later.
    func decide() {
        // While the store is away only the tick asks whether it is back: a turn may have nothing to ask it.
        guard !lanes.isEmpty, wanted == nil, unsettled == nil, storeTrouble == nil, let count = nextRecords() else {
            return
        }
        let isDue = clock.monotonic - lastDueLook >= settings.tick
        guard count > 0 || isDue else { return }
        flows.makeRoom()
        turnTime = time.now(clock.monotonic)
        turns += 1
        var turn = Turn(turns)
        swap(&turn.decision, &spare)
        turn.decision.reserve(results: count)
        let (inputs, commands) = readInputs(count)
        guard let known = lookUp(inputs, commands) else { return undo(turn) }
        // While a refused record is looked for, nothing but records is decided: the refusal must be theirs.
        if isDue, prefix == .max, !breaks.isCareful || count == 0 { applyDue(&turn) }
        turn.records = apply(inputs, known, &turn)
        settleTouched(&turn)
        dropEnded(known, turn)
        guard count > 0 || turn.decision.hasFacts else { return noteLooks(of: turn) }
        turn.fences = fences(for: turn)
        turn.committedAt = clock.monotonic
        decided = turn
        observer.passed(.decided)
    }

    /// As many inputs as a turn's rows have room for; at least one. How many that were.
    private func apply(_ inputs: [LaneInput], _ known: Known, _ turn: inout Turn) -> Int {
        for place in inputs.indices {
            guard place == 0 || turn.decision.rowBytes < Limits.turnRowBytes else { return place }
            apply(inputs[place], inbox[place], known, &turn)
        }
        return inputs.count
    }

    /// The first records as inputs; commands, which are few, once more by themselves.
    private func readInputs(_ count: Int) -> (inputs: [LaneInput], commands: [RunCommand]) {
        var inputs: [LaneInput] = []
        var commands: [RunCommand] = []
        inputs.reserveCapacity(count)
        for place in 0..<count {
            inputs.append(read(inbox[place]))
            if case .command(let command) = inputs[place] { commands.append(command) }
        }
        return (inputs, commands)
    }

    private func read(_ record: InputRecord) -> LaneInput {
        if let lane = lanes[record.lane], let trying = lane.trying, trying.tries >= 2, lane.takes >= 2,
            trying.topic == record.topic, trying.offset == record.offset
        {
            return .unreadable(Unreadable("reading it ended the orchestrator \(trying.tries + 1) times"))
        }
        PlantedTrap.spring(on: record.value ?? [])
        return reader.read(record)
    }

    /// Brings everything the inputs need into memory; nil when the store is away.
    private func lookUp(_ inputs: [LaneInput], _ commands: [RunCommand]) -> Known? {
        var wantedRuns: Set<Identifier> = []
        var requests: [RunRequest] = []
        for place in inputs.indices {
            guard let id = inputs[place].runID else { continue }
            let isNear = runs.contains(id) || endedRuns[id] != nil
            if case .request(let request) = inputs[place], !isNear || request.stage != nil {
                if looksUpRequests, !isNear { wantedRuns.insert(id) }
                requests.append(request)
            } else if isNear {
                continue
            } else {
                wantedRuns.insert(id)
            }
        }
        let retried = retriedRuns(commands)
        let stages = requests.filter { $0.stage != nil }
        return ask { () throws(StoreError) in
            var known = Known()
            try self.load(wantedRuns.subtracting(retried), &known)
            known.keepsEnded = true
            try self.load(retried, &known)
            if self.mayHaveWaiting { known.waiting = try self.store.waitingRuns(of: commands.map(\.runID)) }
            if !commands.isEmpty { known.answered = try self.store.answered(commands.map(\.key)) }
            if self.looksUpRetries { known.live = try self.store.liveRetries(of: Array(retried)) }
            if !stages.isEmpty { try self.lookUpStages(stages, &known) }
            try self.flows.resolve(requests, store: self.store, into: &known)
            return known
        }
    }

    /// Runs whose tasks are to be tried again: ended ones, which leave memory otherwise.
    private func retriedRuns(_ commands: [RunCommand]) -> Set<Identifier> {
        var ids: Set<Identifier> = []
        for command in commands where command.action == .retry {
            if looksUpRetries || !runs.contains(command.runID) { ids.insert(command.runID) }
        }
        return ids
    }

    /// Ended runs that came into memory for a retry that was refused.
    func dropEnded(_ known: Known, _ turn: Turn) {
        for id in known.ended.keys where !turn.touches(runs[id]) { runs.drop(id) }
    }

    /// Takes runs into memory: those of our lanes as machines, others by where they live.
    func load(_ ids: some Collection<Identifier>, _ known: inout Known) throws(StoreError) {
        guard !ids.isEmpty else { return }
        let loaded = try rows(of: Array(ids)[...], &known)
        observer.noticed(.runsLoaded(loaded.count))
        try flows.fetch(loaded.map(\.run.definitionSHA256), store: store)
        for rows in loaded {
            let id = rows.run.runID
            if rows.run.state.status.isFinal { known.ended[id] = rows.run.state.status }
            guard lanes[rows.run.lane] != nil else {
                known.home[id] = rows.run.lane
                continue
            }
            if rows.run.state.status.isFinal, !known.keepsEnded { continue }
            guard let flow = flows[rows.run.definitionSHA256] else {
                if !rows.run.state.status.isFinal { setAside(id, "its flow is gone or compiles no more", &known) }
                continue
            }
            guard !runs.contains(id) else { continue }
            runs.insert(RunMachine(rows, flow: flow))
        }
    }

    /// A run whose rows the database refuses to give back is found by asking for fewer and fewer: it must not stop the
    /// others.
    func rows(
        of ids: ArraySlice<Identifier>, _ known: inout Known
    ) throws(StoreError) -> [RunRows] {
        do throws(StoreError) {
            return try store.load(Array(ids))
        } catch {
            guard case .refused(.data(let words)) = error, let id = ids.first else { throw error }
            guard ids.count > 1 else {
                setAside(id, "the database does not give it back: \(words)", &known)
                return []
            }
            let half = ids.startIndex + ids.count / 2
            return try rows(of: ids[..<half], &known) + rows(of: ids[half...], &known)
        }
    }

    /// What comes for such a run is kept as dead letters, or refused: never dropped, and never decided without it.
    private func setAside(_ id: Identifier, _ why: String, _ known: inout Known) {
        let sentence = "run \(id) cannot be taken into memory: \(why)"
        known.setAside[id] = sentence
        observer.noticed(.runSetAside(sentence))
    }

    /// Lane by lane: what an executor takes in one go is then answered to few partitions.
    private func settleTouched(_ turn: inout Turn) {
        for lane in lanes.keys.sorted() {
            let context = context(lane: lane)
            for run in turn.touched where run.lane == lane {
                run.machine.settle(turn: context, into: &turn.decision)
                if run.status.isFinal { turn.ended[run.id] = run.status }
            }
        }
    }

    /// The checkpoints this turn moves: of the lanes it read, and of the home lanes of the runs it touched.
    private func fences(for turn: Turn) -> [LaneFence] {
        var fences: [LaneFence] = []
        for place in 0..<turn.records {
            guard let index = fence(of: inbox[place].lane, in: &fences) else { continue }
            fences[index].position[inbox[place].topic] = inbox[place].offset + 1
        }
        for row in turn.decision.outbox { _ = fence(of: row.lane, in: &fences) }
        for run in turn.touched {
            guard let index = fence(of: run.lane, in: &fences) else { continue }
            if fences[index].touched.isEmpty { fences[index].touched.reserveCapacity(turn.touched.count) }
            fences[index].touched.append(run.id)
        }
        return fences.sorted { $0.lane < $1.lane }
    }

    /// The lane's fence, made when it is first asked for; nil if the lane is not ours. Lanes are few.
    private func fence(of id: Int32, in fences: inout [LaneFence]) -> Int? {
        if let index = fences.indices.first(where: { fences[$0].lane == id }) { return index }
        guard let lane = lanes[id] else { return nil }
        fences.append(lane.token)
        return fences.count - 1
    }

    /// All inputs of a turn have one time.
    func context(lane: Int32) -> TurnContext { context(batch: (lanes[lane]?.batch ?? 0) + 1, at: turnTime) }

    func context(batch: Int64, at time: Microseconds) -> TurnContext {
        TurnContext(
            time: time, batch: batch, patterns: settings.patterns, announcements: settings.announcements)
    }
}

/// What a turn looked up beside the runs in memory.
struct Known {
    /// Home lanes of runs that are not ours.
    var home: [Identifier: Int32] = [:]
    var ended: [Identifier: RunStatus] = [:]
    /// Runs that exist and cannot be had, with the reason.
    var setAside: [Identifier: String] = [:]
    /// Runs for which commands wait already.
    var waiting: Set<Identifier> = []
    /// Commands of this turn that were answered in an earlier one.
    var answered: Set<CommandKey> = []
    var versions: [FlowVersionKey: FlowVersionRow] = [:]
    /// The live retries of runs, by run.
    var live: [Identifier: Identifier] = [:]
    /// Runs that are to be tried again from a stage, as their rows say.
    var parents: [Identifier: RunRows] = [:]
    /// Whether ended runs come into memory too (to publish their last batch again).
    var keepsEnded = false
}
