import Workflow

/// One process's connection to the model's Postgres.
class SimConnection {
    let me: Incarnation
    let store: SimStore
    private var generation: Int
    var world: SimWorld { me.world }

    init(_ me: Incarnation, _ store: SimStore) {
        self.me = me
        self.store = store
        generation = store.generation
    }

    /// Every call passes here: the process may die, the server may be away, the connection may be gone.
    func trouble(before call: String) -> String? {
        guard me.passes(call) else { return "dead" }
        guard !store.isAway else { return "the server is away" }
        guard generation == store.generation else {
            generation = store.generation
            return "the connection is gone"
        }
        return nil
    }

    /// The call may come to nothing by chance.
    func fails() -> Bool { world.isFaulty && world.dice.chance(world.plan.storeFailurePermille) }

    /// After a call that changed something: the answer may be lost.
    func trouble(after call: String) -> String? {
        guard me.passes(call + " done") else { return "dead" }
        return fails() ? "the answer to \(call) was lost" : nil
    }

    /// One transaction on letters and campaigns.
    func reach<Answer>(_ call: String, _ body: () -> Answer) throws(LetterStoreError) -> Answer {
        if let trouble = trouble(before: call) { throw .away(trouble) }
        let answer = body()
        if let trouble = trouble(after: call) { throw .away(trouble) }
        return answer
    }

    /// Before one on runs or retries, which may also get no answer.
    func ask(_ call: String) throws(StoreError) {
        if let trouble = trouble(before: call) { throw .unavailable(trouble) }
        if fails() { throw .unavailable("no answer to \(call)") }
    }

    func afterwards(_ call: String) throws(StoreError) {
        if let trouble = trouble(after: call) { throw .unavailable(trouble) }
    }
}
