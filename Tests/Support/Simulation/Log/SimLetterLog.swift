import JSON
import Workflow

/// One drainer's consumer of the dead letter topic on the model.
final class SimLetterLog: LetterLog {
    private let me: Incarnation
    private let log: SimLog
    private let member: SimGroup.Member
    private var positions: [Int32: Int64] = [:]
    private var world: SimWorld { me.world }

    init(_ me: Incarnation, _ log: SimLog) {
        self.me = me
        self.log = log
        member = SimGroup.Member(me)
        log.letters.join(member)
    }

    func receive(limit: Int, wait: Microseconds) -> LetterIntake {
        guard me.passes("receive letters"), !log.isAway else { return LetterIntake(trouble: "the broker is away") }
        hear()
        var intake = LetterIntake()
        for partition in positions.keys.sorted() {
            let most = min(limit - intake.records.count, world.isFaulty ? 1 + world.dice.below(3) : limit)
            for _ in 0..<max(0, most) {
                guard let offset = positions[partition], let record = topic(partition)[offset] else { break }
                intake.records.append(
                    LetterRecord(
                        partition: partition, offset: offset, key: record.key, value: record.value, time: record.time))
                positions[partition] = offset + 1
            }
        }
        if world.mutant == .lettersCommittedEarly {
            commit(positions.map { LetterPosition(partition: $0.key, next: $0.value) })
        }
        return intake
    }

    private func topic(_ partition: Int32) -> SimPartition { log.deadLetters.partitions[Int(partition)] }

    private func hear() {
        switch log.letters.poll(member) {
        case .nothing: return
        case .revoking:
            positions = [:]
            log.letters.released(member)
        case .lost: positions = [:]
        case .assigned(let partitions):
            positions = [:]
            for partition in partitions { positions[partition] = log.letters.committed[partition]?.offset ?? 0 }
        }
    }

    /// Sent and not waited for: it may be lost, and what is held no more is refused.
    func commit(_ offsets: [LetterPosition]) {
        guard me.passes("commit letters"), !log.isAway else { return }
        if world.isFaulty, world.dice.chance(world.plan.sendFailurePermille) { return }
        for offset in offsets where log.letters.accepts(member, offset.partition) {
            world.check.committing(letters: offset)
            log.letters.committed[offset.partition] = SimGroup.Committed(offset: offset.next, metadata: [])
        }
    }

    func close(within wait: Microseconds) { log.letters.leave(member) }
}

/// What a campaign sends: commands on `flow_runs`, some of which arrive though the sender hears of a failure.
final class SimCampaignSender: CommandSending {
    private let me: Incarnation
    private let log: SimLog
    private var world: SimWorld { me.world }

    init(_ me: Incarnation, _ log: SimLog) {
        self.me = me
        self.log = log
    }

    func send(_ requests: [RetryRequest]) throws(AccessFailure) {
        var hasFailed = false
        for request in requests {
            guard me.passes("send command"), !log.isAway else {
                throw AccessFailure(.unreachable, "the broker is away", isLog: true)
            }
            let lane = Int(UInt64(0).derived(request.runID) % UInt64(log.flowRuns.partitions.count))
            let record = SimRecord(value: request.message[...], time: world.now)
            guard world.isFaulty, world.dice.chance(world.plan.sendFailurePermille) else {
                log.append(log.flowRuns, lane, record)
                continue
            }
            hasFailed = true
            if world.dice.chance(500) { log.late.append((log.flowRuns, lane, record)) }
        }
        if hasFailed { throw AccessFailure(.unreachable, "a delivery report says no", isLog: true) }
    }
}
