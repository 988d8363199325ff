import JSON
import Workflow

extension Orchestrator {
    /// What time alone asks for, once a second: runs to be looked at, attempts to be judged, and commands that wait for
    /// their run.
    func applyDue(_ turn: inout Turn) {
        lastDueLook = clock.monotonic
        let ids = Array(lanes.keys)
        let found = ask { () throws(StoreError) in
            var known = Known()
            let due = try self.store.dueRuns(self.lanes.mapValues(\.lookedUntil), limit: 1_000)
            let commands = self.mayHaveWaiting ? try self.store.pendingCommands(ids, limit: 1_000) : []
            let judged = Array(Set(self.suspects.ripe.map(\.attempt.runID)))
            let rows = judged.isEmpty ? [] : try self.store.retryRows(of: judged)
            let missing = (due.runs + judged).filter { self.endedRuns[$0] == nil } + commands.map(\.runID)
            known.keepsEnded = !commands.isEmpty
            try self.load(Set(missing).filter { !self.runs.contains($0) }, &known)
            return (due, commands, rows, known)
        }
        guard let (due, commands, rows, known) = found else { return }
        look(at: due, &turn)
        judge(rows, &turn)
        for command in commands { retry(command, known, &turn) }
        dropEnded(known, turn)
        waiting = Set(commands.map(\.runID)).union(turn.decision.pendingCommands.map(\.runID))
        mayHaveWaiting = !waiting.isEmpty
    }

    private func retry(_ row: PendingCommandRow, _ known: Known, _ turn: inout Turn) {
        let record = InputRecord(topic: .flowRuns, lane: row.lane, offset: 0, value: row.message)
        guard case .command(var command) = reader.read(record) else {
            return turn.decision.settledCommands.append(row.id)
        }
        command.requestID = row.requestID
        let id = row.runID
        if let home = known.home[id], home != row.lane {
            post(OutboxRow(lane: row.lane, topic: .flowRuns, partition: home, key: id, value: row.message), &turn)
        } else if runs.contains(id) || endedRuns[id] != nil || known.ended[id] != nil {
            obey(command, known, &turn)
        } else if time.now(clock.monotonic) - row.receivedAt > settings.commandPatience {
            let why = "no run of that id was asked for"
            let at = time.now(clock.monotonic)
            turn.decision.audits.append(AuditRow(command, isDone: false, detail: why, at: at))
        } else {
            return
        }
        turn.decision.settledCommands.append(row.id)
    }
}
