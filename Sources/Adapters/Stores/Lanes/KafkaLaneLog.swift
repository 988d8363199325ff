public import Kafka
public import Workflow

/// A lane's view of Kafka: one consumer for the three input topics, one producer for everything a turn publishes.
///
/// Used by one thread. Rebalances are only noted inside the callback (which answers with nothing assigned); the owner
/// takes its lanes in Postgres and then calls `assign` with the positions it found there.
public final class KafkaLaneLog: LaneLog {
    let consumer: KafkaConsumer
    let topics: TopicNames
    let clock: any LaneClock
    var outbound: KafkaOutbound
    /// By the consumer's numbers.
    private let inputTopics: [InputTopic?]
    private var signals = LogSignals()
    private var commitsSeen = 0
    private var held: [Int32] = []
    private var isPaused = false
    /// Partitions that were paused when they were taken from us are paused still when they come back.
    private var mayBePaused = false
    private var heldBack: Set<Int32> = []
    let firstOffsets: KafkaOffsetReset
    let configuration: KafkaConfiguration
    let executorGroup: String
    var executors: GroupReader?

    public init(
        _ configuration: KafkaConfiguration, group: KafkaGroup, firstOffsets: KafkaOffsetReset, topics: TopicNames,
        executorGroup: String, clock: any LaneClock
    ) throws(KafkaError) {
        var group = group
        group.offsetReset = .error
        consumer = try KafkaConsumer(configuration, group)
        outbound = try KafkaOutbound(configuration, topics: topics)
        self.topics = topics
        self.configuration = configuration
        self.executorGroup = executorGroup
        self.clock = clock
        self.firstOffsets = firstOffsets
        let names = InputTopic.allCases.map { topics.name(of: $0) }
        try consumer.subscribe(names)
        var numbers: [InputTopic?] = []
        for topic in InputTopic.allCases {
            let number = try consumer.topic(topics.name(of: topic))
            while numbers.count <= number { numbers.append(nil) }
            numbers[number] = topic
        }
        inputTopics = numbers
        consumer.onRebalance = { [unowned self] in note($0) }
    }

    private func note(_ rebalance: KafkaRebalance) {
        switch rebalance {
        case .assigned(let partitions):
            let counts = Dictionary(partitions.map { ($0.partition, 1) }, uniquingKeysWith: +)
            signals.assigned = counts.filter { $0.value == InputTopic.allCases.count }.map(\.key).sorted()
        case .revoked, .lost:
            (signals.revoked, signals.assigned) = (true, nil)
            if isPaused || !heldBack.isEmpty { mayBePaused = true }
            (held, heldBack, isPaused) = ([], [], false)
        }
    }

    public func receive(into inbox: inout [InputRecord], limits: ReceiveLimits, wait: Microseconds) -> LogSignals {
        pauseOrResume(limits.records == 0)
        var bytes = 0
        var timeout = Int((wait + 999) / 1_000)
        let first = inbox.count
        var started: Microseconds = 0
        polling: while inbox.count - first < max(limits.records, 1), bytes < limits.bytes {
            let outcome = consumer.poll(timeoutMilliseconds: timeout) { record in
                bytes += take(record, into: &inbox)
            }
            switch outcome {
            case .nothing: break polling
            case .event(let event): note(event)
            case .record: break
            }
            timeout = 0
            // Asking for the time costs a part of what a record does.
            guard started == 0 || (inbox.count - first) % 32 == 0 else { continue }
            let now = clock.monotonic
            if started == 0 { started = now }
            if now - started > limits.polling { break }
        }
        outbound.poll()
        signals.isAlive = inbox.count > first || signals.assigned != nil || consumer.commitsTaken > commitsSeen
        commitsSeen = consumer.commitsTaken
        defer { signals = LogSignals() }
        if signals.trouble == nil { signals.trouble = outbound.takeTrouble() }
        return signals
    }

    private func take(_ record: borrowing KafkaRecord, into inbox: inout [InputRecord]) -> Int {
        guard inputTopics.indices.contains(record.topic), let topic = inputTopics[record.topic] else { return 0 }
        let (key, value) = Self.copy(record.key, record.value)
        let mayBeEvent = topic == .flowRuns && record.hasHeaders
        inbox.append(
            InputRecord(
                topic: topic, lane: record.partition, offset: record.offset, key: key, value: value,
                eventType: mayBeEvent ? record.header("ce_type").map { [UInt8]($0)[...] } : nil,
                traceparent: mayBeEvent ? record.header("traceparent").map { [UInt8]($0)[...] } : nil,
                time: record.microseconds))
        return (key?.count ?? 0) + (value?.count ?? 0)
    }

    /// Key and value behind each other: one allocation a record.
    private static func copy(
        _ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?
    ) -> (key: ArraySlice<UInt8>?, value: ArraySlice<UInt8>?) {
        let middle = key?.count ?? 0
        let end = middle + (value?.count ?? 0)
        let bytes = [UInt8](unsafeUninitializedCapacity: end) { buffer, count in
            let target = UnsafeMutableRawBufferPointer(buffer)
            if let key { target.copyMemory(from: key) }
            if let value { UnsafeMutableRawBufferPointer(rebasing: target[middle...]).copyMemory(from: value) }
            count = end
        }
        return (key.map { _ in bytes[..<middle] }, value.map { _ in bytes[middle...] })
    }

    private func note(_ event: KafkaEvent) {
        switch event {
        case .error(let error), .partitionError(_, let error): signals.trouble = "\(error)"
        case .fatal(let error): signals.fatal = "Kafka's client gave up: \(error)"
        case .commitFailed: break
        case .offsetOutOfRange(let partition, _):
            guard let topic = InputTopic.allCases.first(where: { topics.name(of: $0) == partition.topic }) else {
                return
            }
            signals.missing.append((topic, partition.partition))
        }
    }

    /// Back-pressure: nothing is fetched, but the group is still served.
    private func pauseOrResume(_ pauses: Bool) {
        guard pauses != isPaused, !held.isEmpty else { return }
        isPaused = pauses
        let all = held.flatMap(partitions)
        if pauses { try? consumer.pause(all) } else { try? consumer.resume(all.filter { !isHeldBack($0) }) }
    }

    func partitions(of lane: Int32) -> [TopicPartition] {
        InputTopic.allCases.map { TopicPartition(topics.name(of: $0), lane) }
    }

    private func isHeldBack(_ partition: TopicPartition) -> Bool {
        heldBack.contains(partition.partition) && partition.topic != topics.flowRuns
    }

    public func assign(_ positions: [Int32: LanePosition]) throws(PortError) {
        let list = positions.flatMap { lane, position in
            InputTopic.allCases.map {
                KafkaPosition(TopicPartition(topics.name(of: $0), lane), .offset(position[$0]))
            }
        }
        // A pause outlives the assignment it was made in.
        let paused = isPaused || !heldBack.isEmpty || mayBePaused ? list.map(\.partition) : []
        try reaching { () throws(KafkaError) in
            try consumer.assign(list)
            if !paused.isEmpty { try consumer.resume(paused) }
        }
        mayBePaused = false
        held = positions.keys.sorted()
        (heldBack, isPaused) = ([], false)
    }

    public func holdResults(of lanes: Set<Int32>) {
        guard lanes != heldBack else { return }
        let released = heldBack.subtracting(lanes).intersection(held)
        heldBack = lanes
        let results = { (lane: Int32) in self.partitions(of: lane).filter { $0.topic != self.topics.flowRuns } }
        try? consumer.pause(lanes.intersection(held).flatMap(results))
        if !isPaused { try? consumer.resume(released.flatMap(results)) }
    }

    /// Stops reading and leaves the group.
    public func close(withinMilliseconds limit: Int) {
        outbound.close(withinMilliseconds: limit / 2)
        consumer.close(withinMilliseconds: limit)
    }

    func reaching<Answer>(_ body: () throws(KafkaError) -> Answer) throws(PortError) -> Answer {
        do throws(KafkaError) { return try body() } catch { throw PortError("\(error)") }
    }
}
