import JSON
import Workflow

/// What a lane reads, and the small writes beside its turns.
extension SimLaneStore {
    func load(_ runs: [Identifier]) throws(StoreError) -> [RunRows] {
        try ask("load")
        return runs.compactMap { store.tables.rows(of: $0) }
    }

    func definitions(_ sha256: [String]) throws(StoreError) -> [String: Bytes] {
        try ask("definitions")
        return store.tables.definitions.filter { sha256.contains($0.key) }
    }

    func versions(_ asked: [FlowVersionKey]) throws(StoreError) -> [FlowVersionKey: FlowVersionRow] {
        try ask("versions")
        return store.tables.versions.filter { asked.contains($0.key) }
    }

    func noteEmitted(_ lanes: [LaneFence], forgetTakes: Bool) throws(StoreError) {
        try ask("noteEmitted")
        for fence in lanes {
            guard var row = store.tables.checkpoints[fence.lane], row.owner == fence.owner else { continue }
            if row.batch >= fence.batch {
                row.emitted = max(row.emitted, fence.batch)
                if forgetTakes { (row.takes, row.trying) = (0, nil) }
                store.tables.checkpoints[fence.lane] = row
            }
            store.tables.outbox.removeAll { $0.row.lane == fence.lane && $0.batch <= fence.batch }
        }
        try afterwards("noteEmitted")
    }

    func held(_ lanes: [LaneFence]) throws(StoreError) -> Set<Int32> {
        try ask("held")
        return Set(lanes.filter { store.tables.checkpoints[$0.lane]?.owner == $0.owner }.map(\.lane))
    }

    func outbox(of lane: Int32, batch: Int64) throws(StoreError) -> [OutboxRow] {
        try ask("outbox")
        return store.tables.outbox.filter { $0.row.lane == lane && $0.batch == batch }.map(\.row)
    }

    func noteTrying(_ trying: Trying, lane: Int32, owner: String) throws(StoreError) {
        try ask("noteTrying")
        guard store.tables.checkpoints[lane]?.owner == owner else { throw .refused(.fenced) }
        store.tables.checkpoints[lane]?.trying = trying
        me.world.count("tried with care")
        try afterwards("noteTrying")
    }

    func moveGap(_ gap: LaneGap, owner: String) throws(StoreError) {
        try ask("moveGap")
        if store.tables.checkpoints[gap.lane]?.owner == owner {
            store.tables.checkpoints[gap.lane]?.position[gap.topic] = gap.continuedAt
            store.tables.gaps.append(gap)
            me.world.check.crossed(gap)
        }
        try afterwards("moveGap")
    }

    func dueRuns(_ lookedUntil: [Int32: Microseconds], limit: Int) throws(StoreError) -> DueRuns {
        try ask("dueRuns")
        let due = store.tables.runs.values.filter { run in
            guard let at = run.state.nextCheckAt, let since = lookedUntil[run.lane] else { return false }
            return at > since && at <= store.now && !run.state.status.isFinal
        }
        if me.world.mutant == .looksSkipped {
            return DueRuns(runs: [], lookedUntil: lookedUntil.mapValues { _ in store.now })
        }
        let reached = lookedUntil.mapValues { max($0, store.now - 2_000_000) }
        return DueRuns(runs: due.map(\.runID).sorted(), lookedUntil: reached)
    }

    func noteLooked(_ lanes: [LaneFence], until times: [Int32: Microseconds]) throws(StoreError) {
        try ask("noteLooked")
        for fence in lanes where store.tables.checkpoints[fence.lane]?.owner == fence.owner {
            store.tables.checkpoints[fence.lane]?.lookedUntil = times[fence.lane] ?? 0
        }
        try afterwards("noteLooked")
    }

    func retryRows(of runs: [Identifier]) throws(StoreError) -> Set<AttemptKey> {
        try ask("retryRows")
        return Set(store.tables.retries.keys.filter { runs.contains($0.runID) })
    }

    func liveRetries(of runs: [Identifier]) throws(StoreError) -> [Identifier: Identifier] {
        try ask("liveRetries")
        let live = store.tables.runs.values.compactMap { run in run.state.liveKey.map { ($0, run.runID) } }
        return Dictionary(live.filter { runs.contains($0.0) }, uniquingKeysWith: { first, _ in first })
    }

    /// No decision of a lane rests on them.
    func noteOutcomes(_ outcomes: [AttemptTally]) {
        for tally in outcomes { store.tables.outcomes.append((store.now, tally.succeeded, tally.failed)) }
    }

    func pendingCommands(
        _ lanes: [Int32], receivedBefore: Microseconds, queuedBefore: Microseconds, limit: Int
    ) throws(StoreError) -> PendingCommands {
        try ask("pendingCommands")
        let waiting = store.tables.pending.filter { lanes.contains($0.lane) }.sorted { $0.id < $1.id }
        let due = waiting.filter {
            store.tables.isDue($0, receivedBefore: receivedBefore, queuedBefore: queuedBefore)
        }
        return PendingCommands(due: Array(due.prefix(limit)), areLeft: !waiting.isEmpty)
    }

    func answered(_ commands: [CommandKey]) throws(StoreError) -> Set<CommandKey> {
        try ask("answered")
        if me.world.mutant == .refusalsForgotten { return [] }
        return Set(commands.filter { store.tables.audits[$0.requestID]?.runID == $0.runID })
    }

    func waitingRuns(of runs: [Identifier]) throws(StoreError) -> Set<Identifier> {
        try ask("waitingRuns")
        return Set(store.tables.pending.map(\.runID)).intersection(runs)
    }
}

extension SimLaneStore {
    /// A record that ends its reader has done so before a turn with it comes here, unless it was set aside unread.
    func meetKiller(_ fences: [LaneFence], _ decision: Decision) {
        let letters = decision.outbox.map { JSONValue(trusted: $0.value).name("message_id") }
        for killer in me.world.traffic.killers {
            guard let fence = fences.first(where: { $0.lane == killer.lane }),
                let position = store.tables.checkpoints[fence.lane]?.position[killer.topic],
                (position..<max(position, fence.position[killer.topic])).contains(killer.offset)
            else { continue }
            if letters.contains("dl/\(killer.place)") {
                me.world.count("killer quarantined unread")
            } else {
                me.die(at: "a killing record")
            }
        }
    }
}
