public import Kafka
internal import Platform
public import Workflow

/// The dead letter topic in Kafka: one consumer of a group. One thread calls all of it.
public final class KafkaLetterLog: LetterLog {
    private let configuration: KafkaConfiguration
    private let group: KafkaGroup
    private let topic: String
    private var consumer: KafkaConsumer?
    private var held: Set<TopicPartition> = []
    private var isPaused = false
    private var trouble: String? = "not reached yet"
    private var nextTry = ContinuousClock.now
    private let idle = Monitor(false)
    /// A batch is at most so large; a single record may be larger.
    private static let batchBytes = 16 << 20

    public init(_ configuration: KafkaConfiguration, group: KafkaGroup, topic: String) {
        self.configuration = configuration
        self.group = group
        self.topic = topic
    }

    public func receive(limit: Int, wait: Microseconds) -> LetterIntake {
        connect()
        holdBack(limit == 0)
        var intake = LetterIntake()
        poll(into: &intake, limit: limit, wait: wait)
        probe()
        intake.trouble = trouble
        return intake
    }

    public func commit(_ positions: [LetterPosition]) {
        let ours = positions.map { KafkaOffset(TopicPartition(topic, $0.partition), $0.next) }
            .filter { held.contains($0.partition) }
        guard !ours.isEmpty else { return }
        do {
            try consumer?.commitLater(ours)
        } catch {
            trouble = "\(error)"
        }
    }

    public func close(within wait: Microseconds) {
        consumer?.close(withinMilliseconds: Int(wait / 1_000))
        consumer = nil
    }

    private func connect() {
        guard consumer == nil, ContinuousClock.now >= nextTry else { return }
        nextTry = .now + .seconds(1)
        do {
            let consumer = try KafkaConsumer(configuration, group)
            consumer.onRebalance = { [unowned self] in rebalance($0) }
            try consumer.subscribe([topic])
            self.consumer = consumer
        } catch {
            trouble = "\(error)"
        }
    }

    private func rebalance(_ change: KafkaRebalance) {
        switch change {
        case .assigned(let partitions):
            // A pause outlives the assignment it was made in.
            if isPaused { try? consumer?.resume(Array(held)) }
            isPaused = false
            held = Set(partitions)
            do {
                try consumer?.assign(partitions.map { KafkaPosition($0, .committed) })
                trouble = nil
            } catch {
                trouble = "\(error)"
            }
        case .revoked, .lost: held = []
        }
    }

    private func holdBack(_ isHeldBack: Bool) {
        guard isHeldBack != isPaused, let consumer, !held.isEmpty else { return }
        do {
            if isHeldBack { try consumer.pause(Array(held)) } else { try consumer.resume(Array(held)) }
            isPaused = isHeldBack
        } catch {
            trouble = "\(error)"
        }
    }

    private func poll(into intake: inout LetterIntake, limit: Int, wait: Microseconds) {
        guard let consumer else { return pause(wait) }
        var timeout = Int((wait + 999) / 1_000)
        var bytes = 0
        while bytes < Self.batchBytes {
            let outcome = consumer.poll(timeoutMilliseconds: timeout) { record in
                bytes += record.value?.count ?? 0
                intake.records.append(copy(record))
            }
            switch outcome {
            case .nothing: return
            case .record:
                trouble = nil
                // A record that comes although it should be held back is taken all the same.
                if intake.records.count >= limit { return }
                timeout = 0
            case .event(let event):
                handle(event)
                guard self.consumer != nil else { return }
                timeout = 0
            }
        }
    }

    private func copy(_ record: borrowing KafkaRecord) -> LetterRecord {
        LetterRecord(
            partition: record.partition, offset: record.offset, key: record.key.map { unsafe Array($0)[...] },
            value: record.value.map { unsafe Array($0)[...] }, time: record.microseconds)
    }

    private func handle(_ event: KafkaEvent) {
        switch event {
        case .error(let error): trouble = "\(error)"
        case .partitionError(let partition, let error): trouble = "\(partition): \(error)"
        case .offsetOutOfRange, .commitFailed: break
        case .fatal(let error):
            trouble = "\(error)"
            consumer?.onRebalance = nil
            consumer?.close(withinMilliseconds: 500)
            consumer = nil
            held = []
        }
    }

    /// Waits where there is no client to wait in.
    private func pause(_ wait: Microseconds) {
        _ = idle.wait(within: .microseconds(min(wait, 200_000))) { $0 ? true : nil }
    }

    /// Asks, every two seconds, whether a log that was gone is there again.
    private func probe() {
        guard trouble != nil, !held.isEmpty, let consumer, ContinuousClock.now >= nextTry else { return }
        nextTry = .now + .seconds(2)
        if (try? consumer.partitionCount(topic, timeoutMilliseconds: 200)) != nil { trouble = nil }
    }
}
