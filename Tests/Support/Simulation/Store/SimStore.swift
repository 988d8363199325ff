import JSON
import Workflow

/// Postgres on the model: one state, and transactions that were sent on connections that are gone by now.
final class SimStore {
    var tables = Tables()
    var isAway = false
    /// Sent, the connection died, and the server has not come to it yet.
    private var delayed: [() -> Void] = []
    /// An older state it may fall back to.
    private(set) var backup: Tables?
    private(set) var hasFallenBack = false
    /// Connections made before this number are dead.
    private(set) var generation = 0
    private unowned let world: SimWorld
    /// The server's wall clock, beside the world's.
    var clockOffset: Microseconds = 5_000_000
    /// Which process took lanes with which token.
    var takers: [String: String] = [:]

    init(_ world: SimWorld) { self.world = world }

    var now: Microseconds { world.now + clockOffset }
    var hasDelayed: Bool { !delayed.isEmpty }

    func delay(_ transaction: @escaping () -> Void) { delayed.append(transaction) }

    /// The server comes to a transaction whose sender is gone.
    func runDelayed() {
        guard !delayed.isEmpty else { return }
        let transaction = delayed.remove(at: world.dice.below(delayed.count))
        transaction()
    }

    func backUp() { backup = tables }

    /// An older state comes back: what was committed since is gone, and every connection is dead.
    func fallBack() {
        guard let backup else { return }
        hasFallenBack = true
        delayed = []
        generation += 1
        var older = backup
        // Definitions are registered outside the fleet, in the same database; they stay in this model.
        older.versions = tables.versions
        older.definitions.merge(tables.definitions) { old, _ in old }
        tables = older
        world.check.fellBack()
    }

    /// One turn, atomically: all of it or nothing.
    func commit(_ fences: [LaneFence], _ decision: Decision, by name: String) throws(Refusal) -> Microseconds {
        var draft = tables
        try draft.commit(fences, decision, rules: rules, now: now)
        if world.mutant == .touchedForgotten {
            for fence in fences { draft.checkpoints[fence.lane]?.touched = [] }
        }
        if world.mutant == .noOutbox { draft.outbox = [] }
        if world.mutant == .endNotOwed { draft.owed = draft.owed.filter { $0.key.kind == .watch } }
        world.check.committing(fences, decision, before: tables, after: draft, by: name)
        tables = draft
        if !decision.settledCommands.isEmpty { world.count("waiting command settled") }
        return now
    }

    private func isSameProcess(_ one: String, _ other: String) -> Bool { takers[one] == takers[other] }

    private var rules: Tables.FenceRules {
        var rules = Tables.FenceRules()
        switch world.mutant {
        case .noFence: rules = Tables.FenceRules(comparesOwner: false, comparesBatch: false, aborts: false)
        case .fenceDoesNotAbort: rules.aborts = false
        case .oneTokenPerProcess: rules = Tables.FenceRules(comparesBatch: false, isSameOwner: isSameProcess)
        case .segmentForgotten: rules.keepsNext = false
        case .pauseLeavesRetries: rules.parksRetries = false
        case .closedKeepsRetry: rules.dropsRetries = false
        case .parentNotAsked: rules.comparesParent = false
        case .twoLiveRetries: rules.oneLiveRetry = false
        default: break
        }
        rules.worldTime = world.now
        return rules
    }
}
