import JSON
import Workflow

/// One orchestrator's connection to the model's Postgres.
final class SimLaneStore: SimConnection, LaneStore {
    private var answer: CommitOutcome = .unavailable("nothing was sent")
    /// The mutants that reach from the store to the topics need them.
    weak var log: SimLaneLog?

    /// Takes a little time, as a call to a server does.
    override func ask(_ call: String) throws(StoreError) {
        world.now += 100
        try super.ask(call)
    }

    func submit(_ fences: [LaneFence], _ decision: borrowing Decision) throws(StoreError) {
        try ask("submit")
        let facts = copy decision
        meetKiller(fences, facts)
        if let copy = facts.copies.first { meetRedrive(of: copy.parentRunID, fences) }
        guard !me.isDead else { throw .unavailable("dead") }
        let fences = world.mutant == .consumerPosition ? movedAhead(fences) : fences
        if world.mutant == .publishBeforeCommit { log?.publishEarly(facts.work) }
        if world.mutant == .mirrorFirst { mirrorEarly(fences, facts) }
        answer = send(fences, facts)
        guard me.passes("committing") else {
            answer = .unavailable("dead")
            return
        }
    }

    private func send(_ fences: [LaneFence], _ facts: Decision) -> CommitOutcome {
        let isInDoubt = world.isFaulty && world.dice.chance(world.plan.unknownPermille)
        guard isInDoubt else { return outcome(of: fences, facts) }
        switch world.dice.below(3) {
        case 0:
            let outcome = outcome(of: fences, facts)
            guard case .committed = outcome else { return outcome }
            world.count("unknown commit: committed")
        case 1: world.count("unknown commit: not committed")
        default:
            let (store, name, world) = (store, me.name, world)
            world.count("unknown commit: comes later")
            store.delay {
                let isDone = (try? store.commit(fences, facts, by: name + " (late)")) != nil
                world.count(isDone ? "late transaction committed" : "late transaction refused")
            }
        }
        world.note("\(me.name): commit unknown")
        return world.mutant == .unknownMeansCommitted
            ? .committed(store.now) : .unknown("the connection ended in COMMIT")
    }

    private func outcome(of fences: [LaneFence], _ facts: Decision) -> CommitOutcome {
        if world.isFaulty, world.dice.chance(10) { return .refused(.server("too many connections")) }
        do throws(Refusal) {
            let now = try store.commit(fences, facts, by: me.name)
            return .committed(now)
        } catch {
            if case .data = error { world.count("refused: data") } else { world.count("refused: \(error)") }
            return .refused(error)
        }
    }

    func outcome() -> CommitOutcome {
        guard me.passes("outcome") else { return .unavailable("dead") }
        return answer
    }

    func readBack(_ fences: [LaneFence]) throws(StoreError) -> ReadBack {
        try ask("readBack")
        var (isCommitted, ours): (Bool, Set<Int32>) = (true, [])
        for fence in fences {
            guard let row = store.tables.checkpoints[fence.lane], row.owner == fence.owner,
                row.batch == fence.batch || row.batch == fence.batch + 1
            else { continue }
            ours.insert(fence.lane)
            isCommitted = isCommitted && row.batch == fence.batch + 1
        }
        let lost = Set(fences.map(\.lane)).subtracting(ours)
        let answer: ReadBack = !lost.isEmpty ? .lost(lost) : isCommitted ? .committed(store.now) : .notCommitted
        world.count("read back: \(answer)".prefix(22).description)
        return answer
    }

    func installation() throws(StoreError) -> String {
        try ask("installation")
        return "here"
    }

    func take(_ lanes: [Int32], owner: String) throws(StoreError) -> [LaneCheckpoint] {
        try ask("take")
        var taken: [LaneCheckpoint] = []
        store.takers[owner] = me.name
        for lane in Set(lanes).sorted() {
            guard var row = store.tables.checkpoints[lane] else { continue }
            (row.epoch, row.takes, row.owner) = (row.epoch + 1, row.takes + 1, owner)
            store.tables.checkpoints[lane] = row
            world.note("\(me.name) takes lane \(lane), batch \(row.batch), emitted \(row.emitted), epoch \(row.epoch)")
            if row.emitted < row.batch { world.count("taken with work to publish again") }
            taken.append(
                LaneCheckpoint(
                    lane: lane, epoch: row.epoch, batch: row.batch,
                    emitted: world.mutant == .nothingRepublished ? row.batch : row.emitted, takes: row.takes,
                    trying: row.trying, position: row.position, touched: row.touched, installation: row.installation,
                    updatedAt: row.updatedAt, takenAt: store.now, lookedUntil: row.lookedUntil))
        }
        try afterwards("take")
        return taken
    }

    func create(lane: Int32, at position: LanePosition, installation: String) throws(StoreError) {
        try ask("create")
        if store.tables.checkpoints[lane] == nil {
            store.tables.checkpoints[lane] = Tables.Checkpoint(
                position: position, installation: installation, updatedAt: store.now)
        }
        try afterwards("create")
    }
}
