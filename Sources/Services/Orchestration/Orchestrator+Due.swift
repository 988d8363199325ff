import JSON
import Workflow

extension Orchestrator {
    /// What time alone asks for, once a second: runs to be looked at, attempts to be judged, and commands that wait for
    /// their run.
    func applyDue(_ turn: inout Turn) {
        lastDueLook = clock.monotonic
        turn.isDue = true
        let ids = Array(lanes.keys)
        let found = ask { () throws(StoreError) in
            var known = Known()
            let due = try self.store.dueRuns(self.lanes.mapValues(\.lookedUntil), limit: 1_000)
            let commands = try self.mayHaveWaiting ? self.waitingCommands(ids) : PendingCommands()
            let queued = commands.due.filter { $0.waitsFor != nil }.compactMap { self.request(in: $0) }
            let ripe = self.suspects.ripe.prefix(1_000)
            let judged = Array(Set(ripe.map(\.attempt.runID)))
            let rows = judged.isEmpty ? [] : try self.store.retryRows(of: judged)
            let missing = (due.runs + judged).filter { self.endedRuns[$0] == nil } + commands.due.map(\.runID)
            known.keepsEnded = !commands.due.isEmpty
            let keys = commands.due.map { CommandKey(runID: $0.runID, requestID: $0.requestID) }
            if !keys.isEmpty { known.answered = try self.store.answered(keys) }
            try self.load(Set(missing).filter { !self.runs.contains($0) }, &known)
            if !queued.isEmpty {
                try self.lookUpStages(queued, &known)
                try self.flows.resolve(queued, store: self.store, into: &known)
            }
            return (due, commands, ripe, rows, known)
        }
        guard let (due, commands, ripe, rows, known) = found else { return }
        look(at: due, &turn)
        judge(ripe, rows, &turn)
        for command in commands.due { retry(command, known, &turn) }
        dropEnded(known, turn)
        mayHaveWaiting = commands.areLeft
    }

    private func waitingCommands(_ ids: [Int32]) throws(StoreError) -> PendingCommands {
        let patience = time.now(clock.monotonic) - settings.commandPatience
        let queuePatience = time.now(clock.monotonic) - settings.queuePatience
        return try store.pendingCommands(ids, receivedBefore: patience, queuedBefore: queuePatience, limit: 1_000)
    }

    private func retry(_ row: PendingCommandRow, _ known: Known, _ turn: inout Turn) {
        if row.waitsFor != nil { return retryQueued(row, known, &turn) }
        let record = InputRecord(topic: .flowRuns, lane: row.lane, offset: 0, value: row.message)
        guard case .command(var command) = reader.read(record) else {
            observer.noticed(.quarantined("a waiting command of run \(row.runID) cannot be read"))
            return turn.decision.settledCommands.append(row.id)
        }
        command.requestID = row.requestID
        let id = row.runID
        if let home = known.home[id], home != row.lane {
            forward(command, row.lane, to: home, &turn)
        } else if isAnswered(command, known, turn) {
            observer.noticed(.ignored("repeatedCommand"))
        } else if let why = known.setAside[id] {
            refuse(command, "\(why)", &turn)
        } else if runs.contains(id) || endedRuns[id] != nil || known.ended[id] != nil {
            obey(command, known, &turn)
        } else if time.now(clock.monotonic) - row.receivedAt > settings.commandPatience {
            refuse(command, "no run of that id was asked for", &turn)
        } else {
            return
        }
        turn.decision.settledCommands.append(row.id)
    }
}
