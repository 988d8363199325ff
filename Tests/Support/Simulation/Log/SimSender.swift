import JSON
import Workflow

/// A producer on the model: messages arrive one by one, some late, some although they were reported as failed.
final class SimSender {
    private let me: Incarnation
    private let log: SimLog
    private var waiting: [(topic: SimTopic, partition: Int, record: SimRecord)] = []
    private var isOut = false
    private var world: SimWorld { me.world }

    init(_ me: Incarnation, _ log: SimLog) {
        self.me = me
        self.log = log
        me.onDeath.append { [weak self] in self?.abandon() }
    }

    func send(_ batch: OutBatch) {
        let sticky = world.dice.below(log.taskQueue.partitions.count)
        waiting = batch.entries.map { place($0, batch, sticky) }
        isOut = true
        if world.mutant == .emittedTooEarly { return }
        if !log.isAway { arrive(world.isFaulty ? world.dice.below(waiting.count + 1) : waiting.count) }
    }

    func publishNow(_ batch: OutBatch) {
        for entry in batch.entries {
            let (topic, partition, record) = place(entry, batch, 0)
            log.append(topic, partition, record)
        }
    }

    private func place(_ entry: OutBatch.Entry, _ batch: OutBatch, _ sticky: Int) -> (SimTopic, Int, SimRecord) {
        let topic = log.topic(entry.topic)
        let count = topic.partitions.count
        let partition =
            switch entry.partition {
            case .exactly(let number): Int(number) % count
            case .sticky: sticky % count
            case .byKey: Int(UInt64(0).derived(entry.key?.description ?? "") % UInt64(count))
            }
        let record = SimRecord(
            key: entry.key.map { $0.bytes[...] }, value: Array(batch.value(of: entry))[...],
            eventType: entry.event.map { Array(batch.writer.bytes[$0.id])[...] }, time: world.now)
        return (topic, partition, record)
    }

    private func arrive(_ count: Int) {
        for _ in 0..<min(count, waiting.count) {
            guard me.passes("sending") else { return }
            guard !waiting.isEmpty else { return }
            let (topic, partition, record) = waiting.removeFirst()
            log.append(topic, partition, record)
        }
    }

    func delivery() -> Delivery {
        guard isOut else { return .delivered }
        if world.mutant == .emittedTooEarly { return pretend() }
        if log.isAway { return world.dice.chance(300) ? fail() : .pending }
        if world.isFaulty {
            if world.dice.chance(150) { return .pending }
            if world.dice.chance(world.plan.sendFailurePermille) { return fail() }
        }
        arrive(waiting.count)
        guard !me.isDead, waiting.isEmpty else { return .pending }
        isOut = false
        return .delivered
    }

    /// Reported as failed: what was on its way may have arrived, may arrive later, or is lost.
    private func fail() -> Delivery {
        world.count("delivery failed")
        scatter()
        isOut = false
        return .failed("a delivery report says no")
    }

    private func abandon() {
        if !waiting.isEmpty { world.count("died while sending") }
        scatter()
    }

    private func scatter() {
        for (topic, partition, record) in waiting {
            switch world.dice.below(3) {
            case 0 where !log.isAway: log.append(topic, partition, record)
            case 1: log.late.append((topic, partition, record))
            default: break
            }
        }
        waiting = []
    }

    /// The mutant's way: counted as delivered, and lost if nobody lives to send it.
    private func pretend() -> Delivery {
        isOut = false
        let messages = waiting
        waiting = []
        world.later { [weak me, log] in
            guard let me, !me.isDead else { return }
            for (topic, partition, record) in messages { log.append(topic, partition, record) }
        }
        return .delivered
    }
}
