import JSON
import Workflow

/// One orchestrator's Kafka client on the model.
final class SimLaneLog: LaneLog {
    let me: Incarnation
    private let log: SimLog
    private let member: SimGroup.Member
    /// Where its consumer stands: next offsets to be fetched.
    private(set) var positions: [Int32: LanePosition] = [:]
    private var heldBack: Set<Int32> = []
    private var missing: Set<Int32> = []
    private var sender: SimSender
    private var world: SimWorld { me.world }

    init(_ me: Incarnation, _ log: SimLog) {
        self.me = me
        self.log = log
        member = SimGroup.Member(me)
        sender = SimSender(me, log)
        log.lanes.join(member)
    }

    func receive(into inbox: inout [InputRecord], limits: ReceiveLimits, wait: Microseconds) -> LogSignals {
        var signals = LogSignals()
        world.now += min(wait, 1_000)
        guard me.passes("receive") else { return signals }
        if log.isAway { signals.trouble = "the broker is away" } else { hearNews(&signals) }
        signals.isAlive = !log.isAway
        guard limits.records > 0, !log.isAway else { return signals }
        fetch(into: &inbox, atMost: min(limits.records, world.dice.below(8)), &signals)
        return signals
    }

    private func hearNews(_ signals: inout LogSignals) {
        for _ in 0..<2 {
            switch log.lanes.poll(member) {
            case .nothing: return
            case .revoking:
                letGo(&signals)
                log.lanes.released(member)
            case .lost: letGo(&signals)
            case .assigned(let lanes): signals.assigned = lanes
            }
        }
    }

    private func letGo(_ signals: inout LogSignals) {
        (signals.revoked, signals.assigned) = (true, nil)
        (positions, heldBack) = ([:], [])
    }

    private func fetch(into inbox: inout [InputRecord], atMost limit: Int, _ signals: inout LogSignals) {
        var room = limit
        let sources = positions.keys.sorted().flatMap { lane in InputTopic.allCases.map { (lane, $0) } }
        for (lane, topic) in world.dice.shuffled(sources) where room > 0 {
            guard topic == .flowRuns || !heldBack.contains(lane) else { continue }
            let partition = log.topic(topic).partitions[Int(lane)]
            let place = lane * 3 + Int32(topic.rawValue)
            var next = positions[lane]?[topic] ?? 0
            guard next >= partition.base, next <= partition.end else {
                if missing.insert(place).inserted { signals.missing.append((topic, lane)) }
                continue
            }
            let count = min(room, world.dice.from(0...4))
            for _ in 0..<count {
                guard let record = partition[next] else { break }
                inbox.append(
                    InputRecord(
                        topic: topic, lane: lane, offset: next, key: record.key, value: record.value,
                        eventType: record.eventType, time: record.time))
                next += 1
                room -= 1
            }
            positions[lane]?[topic] = next
        }
    }

    func assign(_ positions: [Int32: LanePosition]) throws(PortError) {
        guard me.passes("assign"), !log.isAway else { throw PortError("no broker") }
        self.positions = positions
        (heldBack, missing) = ([], [])
    }

    func holdResults(of lanes: Set<Int32>) {
        if !lanes.isEmpty { world.count("results held back after a fall-back") }
        heldBack = lanes
    }

    func firstPosition(of lane: Int32) throws(PortError) -> LanePosition {
        guard me.passes("firstPosition"), !log.isAway else { throw PortError("no broker") }
        var position = LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)
        for topic in InputTopic.allCases { position[topic] = log.topic(topic).partitions[Int(lane)].base }
        return position
    }

    func extent(of topic: InputTopic, lane: Int32, since time: Microseconds) throws(PortError) -> LogExtent {
        guard me.passes("extent"), !log.isAway else { throw PortError("no broker") }
        let partition = log.topic(topic).partitions[Int(lane)]
        let since = partition.records.first { $0.time >= time }?.offset ?? partition.end
        return LogExtent(first: partition.base, end: partition.end, since: since)
    }

    func groupPosition(of lane: Int32) throws(PortError) -> GroupPosition {
        guard me.passes("groupPosition"), !log.isAway else { throw PortError("no broker") }
        guard let committed = log.lanes.committed[lane] else {
            return GroupPosition(flowRuns: nil, installation: nil, unknown: InputTopic.allCases)
        }
        return GroupPosition(flowRuns: committed.offset, installation: committed.metadata.asText, unknown: [])
    }

    func ends(of lane: Int32) throws(PortError) -> LanePosition {
        guard me.passes("ends"), !log.isAway else { throw PortError("no broker") }
        var position = LanePosition(flowRuns: 0, taskDone: 0, taskFailed: 0)
        for topic in InputTopic.allCases { position[topic] = log.topic(topic).partitions[Int(lane)].end }
        return position
    }

    func taskProgress(of pool: Identifier) throws(PortError) -> [TaskProgress] {
        guard me.passes("taskProgress"), !log.isAway else { throw PortError("no broker") }
        return log.taskQueue.partitions.enumerated().map { number, partition in
            let reached = log.tasks.committed[Int32(number)]?.offset ?? partition.base
            return TaskProgress(partition: Int32(number), end: partition.end, reached: reached)
        }
    }

    func showPosition(_ positions: [Int32: LanePosition], installation: String) {
        guard me.passes("showPosition"), !log.isAway, !world.dice.chance(200) else { return }
        for (lane, position) in positions where log.lanes.accepts(member, lane) {
            log.lanes.committed[lane] = SimGroup.Committed(offset: position.flowRuns, metadata: Bytes(installation))
        }
    }

    func send(_ batch: OutBatch) {
        guard me.passes("send") else { return }
        world.check.sending(batch, by: me)
        sender.send(batch)
    }

    /// Publishes without asking; for mutants.
    func publishEarly(_ work: OutBatch) {
        world.check.sending(work, by: me)
        sender.publishNow(work)
    }

    func delivery(wait: Microseconds) -> Delivery {
        world.now += 1_000
        guard me.passes("delivery") else { return .pending }
        return sender.delivery()
    }

    func leave() { log.lanes.leave(member) }
}
