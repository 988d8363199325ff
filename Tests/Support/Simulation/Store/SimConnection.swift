import Workflow

/// One process's connection to the model's Postgres, for stores that need no more of it than calls that work or do not.
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

    /// One transaction. The server may be away before it, and the answer may be lost after it.
    func reach<Answer>(_ call: String, _ body: () -> Answer) throws(LetterStoreError) -> Answer {
        guard me.passes(call) else { throw .away("dead") }
        guard !store.isAway else { throw .away("the server is away") }
        guard generation == store.generation else {
            generation = store.generation
            throw .away("the connection is gone")
        }
        let answer = body()
        guard me.passes(call + " done") else { throw .away("dead") }
        guard world.isFaulty, world.dice.chance(world.plan.storeFailurePermille) else { return answer }
        throw .away("the answer to \(call) was lost")
    }
}
