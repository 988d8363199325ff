import JSON
import Workflow

@testable import Simulation

/// A database of one process, on the simulator's tables: nothing fails but what a test asks for.
final class TwinStore: LaneStore {
    var tables = Tables()
    var now: Microseconds = 1_000_000_000_000
    /// Runs whose rows cannot be read.
    var unreadable: Set<Identifier> = []
    /// The next transactions that hold anything this one objects to are refused with its words.
    var objection: (Decision) -> String? = { _ in nil }
    /// Transactions that end the connection instead of an answer.
    var breaks: (Decision) -> Bool = { _ in false }
    /// Such an end is not known to be none.
    var breaksUnknown = false
    /// Nothing small is written either.
    var takesNoWrites = false
    /// Happens once, just before the next transaction with a stage retry.
    var beforeCommit: ((inout Tables) -> Void)?
    private(set) var commits: [Decision] = []
    private(set) var emittedNotes = 0
    private var answer = CommitOutcome.unavailable("nothing was sent")

    func installation() throws(StoreError) -> String { "here" }

    func create(lane: Int32, at position: LanePosition, installation: String) throws(StoreError) {
        guard tables.checkpoints[lane] == nil else { return }
        tables.checkpoints[lane] = Tables.Checkpoint(position: position, installation: installation, updatedAt: now)
    }

    func take(_ lanes: [Int32], owner: String) throws(StoreError) -> [LaneCheckpoint] {
        lanes.compactMap { lane in
            guard var row = tables.checkpoints[lane] else { return nil }
            (row.epoch, row.takes, row.owner) = (row.epoch + 1, row.takes + 1, owner)
            tables.checkpoints[lane] = row
            return LaneCheckpoint(
                lane: lane, epoch: row.epoch, batch: row.batch, emitted: row.emitted, takes: row.takes,
                trying: row.trying, position: row.position, touched: row.touched, installation: row.installation,
                updatedAt: row.updatedAt, takenAt: now)
        }
    }

    func load(_ runs: [Identifier]) throws(StoreError) -> [RunRows] {
        guard unreadable.isDisjoint(with: runs) else { throw .refused(.data("a row too large to be sent")) }
        return runs.compactMap { tables.rows(of: $0) }
    }

    func definitions(_ sha256: [String]) throws(StoreError) -> [String: Bytes] {
        tables.definitions.filter { sha256.contains($0.key) }
    }

    func versions(_ asked: [FlowVersionKey]) throws(StoreError) -> [FlowVersionKey: FlowVersionRow] {
        tables.versions.filter { asked.contains($0.key) }
    }

    func submit(_ fences: [LaneFence], _ decision: borrowing Decision) throws(StoreError) {
        let facts = copy decision
        if breaks(facts) {
            answer = breaksUnknown ? .unknown("server closed the connection") : .unavailable("08006")
            return
        }
        if !facts.copies.isEmpty, let happens = beforeCommit {
            beforeCommit = nil
            happens(&tables)
        }
        if let words = objection(facts) {
            answer = .refused(.data(words))
            return
        }
        do throws(Refusal) {
            var draft = tables
            try draft.commit(fences, facts, rules: Tables.FenceRules(), now: now)
            tables = draft
            commits.append(facts)
            answer = .committed(now)
        } catch {
            answer = .refused(error)
        }
    }

    func outcome() -> CommitOutcome { answer }

    func readBack(_ fences: [LaneFence]) throws(StoreError) -> ReadBack { .notCommitted }

    func noteEmitted(_ lanes: [LaneFence], forgetTakes: Bool) throws(StoreError) {
        emittedNotes += 1
        for fence in lanes {
            guard var row = tables.checkpoints[fence.lane], row.owner == fence.owner else { continue }
            if row.batch >= fence.batch {
                row.emitted = max(row.emitted, fence.batch)
                if forgetTakes { (row.takes, row.trying) = (0, nil) }
                tables.checkpoints[fence.lane] = row
            }
            tables.outbox.removeAll { $0.row.lane == fence.lane && $0.batch <= fence.batch }
        }
    }

    func held(_ lanes: [LaneFence]) throws(StoreError) -> Set<Int32> {
        Set(lanes.filter { tables.checkpoints[$0.lane]?.owner == $0.owner }.map(\.lane))
    }

    func outbox(of lane: Int32, batch: Int64) throws(StoreError) -> [OutboxRow] {
        tables.outbox.filter { $0.row.lane == lane && $0.batch == batch }.map(\.row)
    }

    func noteTrying(_ trying: Trying, lane: Int32, owner: String) throws(StoreError) {
        if takesNoWrites { throw .unavailable("no space left on device") }
        tables.checkpoints[lane]?.trying = trying
    }

    func moveGap(_ gap: LaneGap, owner: String) throws(StoreError) {}

    func dueRuns(_ lookedUntil: [Int32: Microseconds], limit: Int) throws(StoreError) -> DueRuns {
        let due = tables.runs.values.filter { run in
            guard let at = run.state.nextCheckAt else { return false }
            return at <= now && !run.state.status.isFinal
        }
        return DueRuns(runs: due.map(\.runID).sorted(), lookedUntil: [:])
    }

    func noteLooked(_ lanes: [LaneFence], until times: [Int32: Microseconds]) throws(StoreError) {}
    func retryRows(of runs: [Identifier]) throws(StoreError) -> Set<AttemptKey> { [] }
    func liveRetries(of runs: [Identifier]) throws(StoreError) -> [Identifier: Identifier] {
        let live = tables.runs.values.compactMap { run in run.state.liveKey.map { ($0, run.runID) } }
        return Dictionary(live.filter { runs.contains($0.0) }, uniquingKeysWith: { first, _ in first })
    }

    func pendingCommands(
        _ lanes: [Int32], receivedBefore: Microseconds, queuedBefore: Microseconds, limit: Int
    ) throws(StoreError) -> PendingCommands {
        let waiting = tables.pending.filter { lanes.contains($0.lane) }.sorted { $0.id < $1.id }
        let due = waiting.filter {
            tables.isDue($0, receivedBefore: receivedBefore, queuedBefore: queuedBefore)
        }
        return PendingCommands(due: Array(due.prefix(limit)), areLeft: !waiting.isEmpty)
    }

    func waitingRuns(of runs: [Identifier]) throws(StoreError) -> Set<Identifier> {
        Set(tables.pending.map(\.runID)).intersection(runs)
    }

    func answered(_ commands: [CommandKey]) throws(StoreError) -> Set<CommandKey> {
        Set(commands.filter { tables.audits[$0.requestID]?.runID == $0.runID })
    }

    func noteOutcomes(_ outcomes: [AttemptTally]) throws(StoreError) {}
}
