import JSON
import Workflow

/// A small retry worker until the real one exists: claims due rows, publishes them, removes them; each in a step of
/// its own.
final class RetryModel {
    private unowned let world: SimWorld
    private var claimed: [(key: AttemptKey, message: Bytes)] = []
    private var published: [AttemptKey] = []

    init(_ world: SimWorld) { self.world = world }

    func step() {
        guard !world.store.isAway, !world.log.isAway else { return }
        if !published.isEmpty { return remove() }
        if !claimed.isEmpty { return publish() }
        claim()
    }

    /// Dies: its claims run out, and somebody else publishes them once more.
    func die() {
        if !claimed.isEmpty || !published.isEmpty { world.count("retry worker died with claims") }
        (claimed, published) = ([], [])
    }

    private func claim() {
        let now = world.store.now
        let due = world.store.tables.retries.filter { $0.value.dueAt <= now && ($0.value.claimedUntil ?? 0) <= now }
        let keys = due.keys.sorted { ($0.runID, $0.taskID, $0.attempt) < ($1.runID, $1.taskID, $1.attempt) }
        claimed = keys.map { ($0, due[$0]?.message ?? []) }
        for key in keys { world.store.tables.retries[key]?.claimedUntil = now + 30_000_000 }
    }

    private func publish() {
        for (_, message) in claimed {
            let partition = world.dice.below(world.plan.taskPartitions)
            world.count("retry published")
            world.log.append(world.log.taskQueue, partition, SimRecord(value: message, time: world.now))
        }
        (published, claimed) = (claimed.map(\.key), [])
    }

    private func remove() {
        for key in published where world.store.tables.retries[key]?.claimedUntil != nil {
            world.store.tables.retries[key] = nil
        }
        published = []
    }
}
