import JSON
import Workflow

/// One retry worker's producer on the model: reports that come late, or say no although the message is there.
final class SimRetryLog: RetryLog {
    private let me: Incarnation
    private let log: SimLog
    private var flying: [(place: Int, message: Bytes)] = []
    private var world: SimWorld { me.world }

    init(_ me: Incarnation, _ log: SimLog) {
        self.me = me
        self.log = log
        me.onDeath.append { [weak self] in self?.scatterAll() }
    }

    func publish(_ retries: [ClaimedRetry]) {
        guard me.passes("retry publish") else { return }
        world.check.claimLimit(retries.count, by: me)
        flying = retries.enumerated().map { ($0.offset, $0.element.message) }
    }

    func reports(wait: Microseconds) -> [(place: Int, delivery: RetryDelivery)] {
        world.now += 1_000
        guard me.passes("retry reports"), !log.isAway else { return [] }
        let count = world.isFaulty && world.dice.chance(300) ? world.dice.below(flying.count + 1) : flying.count
        var reports: [(place: Int, delivery: RetryDelivery)] = []
        for (place, message) in flying.prefix(count) {
            if world.isFaulty, world.dice.chance(world.plan.sendFailurePermille) {
                scatter(message)
                let isHidden = world.mutant == .undeliveredForgotten
                reports.append((place, isHidden ? .delivered : .undelivered("no answer")))
            } else {
                put(message)
                reports.append((place, .delivered))
            }
        }
        flying.removeFirst(count)
        return reports
    }

    func fail(_ retry: ClaimedRetry, because reason: String) -> Bool { false }

    func trouble() -> String? { log.isAway ? "the broker is away" : nil }

    private func put(_ message: Bytes) {
        log.append(
            log.taskQueue, world.dice.below(log.taskQueue.partitions.count), SimRecord(value: message, time: world.now))
    }

    private func scatter(_ message: Bytes) {
        switch world.dice.below(3) {
        case 0 where !log.isAway: put(message)
        case 1: world.later { [weak self] in self?.put(message) }
        default: break
        }
    }

    private func scatterAll() {
        for (_, message) in flying { scatter(message) }
        flying = []
    }
}
