public import Kafka
public import Workflow

/// `run_events` from its ends on, without a group's offsets: what was announced before is of no use here.
public final class KafkaAnnouncements: AnnouncementLog {
    private let configuration: KafkaConfiguration
    private let topic: String
    private let clock: any LaneClock
    private var consumer: KafkaConsumer?
    private var nextTry: Microseconds = .min / 2
    private var words: String? = "not reached yet"
    /// Told with the first intake after reading began anew.
    private var hasGap = false

    private static let most = 1_000

    public init(_ configuration: KafkaConfiguration, topics: TopicNames, clock: any LaneClock) {
        self.configuration = configuration
        self.clock = clock
        topic = topics.runEvents
    }

    deinit { consumer?.close(withinMilliseconds: 200) }

    public func receive(wait: Microseconds) -> AnnouncementIntake {
        var intake = AnnouncementIntake()
        if let consumer = connected() { take(from: consumer, wait: Int(wait / 1_000), &intake) }
        intake.trouble = words
        (intake.hasGap, hasGap) = (intake.hasGap || hasGap, false)
        return intake
    }

    private func take(from consumer: KafkaConsumer, wait: Int, _ intake: inout AnnouncementIntake) {
        var patience = wait
        while intake.messages.count < Self.most {
            let found = consumer.poll(timeoutMilliseconds: patience) { record in
                if let value = unsafe record.value { unsafe intake.messages.append(Array(value)[...]) }
            }
            switch found {
            case .nothing: return
            case .record: words = nil
            case .event(let event): note(event)
            }
            patience = 0
        }
    }

    private func note(_ event: KafkaEvent) {
        switch event {
        case .offsetOutOfRange, .fatal:
            // Read anew from the ends; what was in between is gone.
            consumer?.close(withinMilliseconds: 200)
            consumer = nil
            hasGap = true
            words = "reading begins anew"
        case .error(let error), .partitionError(_, let error): words = "\(error)"
        default: break
        }
    }

    private func connected() -> KafkaConsumer? {
        if let consumer { return consumer }
        guard clock.monotonic >= nextTry else { return nil }
        nextTry = clock.monotonic + 1_000_000
        do throws(KafkaError) {
            let made = try KafkaConsumer(configuration, KafkaGroup("flowfleet-gateway-stream"))
            let count = try made.partitionCount(topic, timeoutMilliseconds: 1_000)
            let partitions = (0..<max(count, 0)).map { TopicPartition(topic, Int32($0)) }
            let ends = try made.endOffsets(partitions, timeoutMilliseconds: 1_000)
            try made.assign(ends.map { KafkaPosition($0.partition, $0.offset.map { .offset($0) } ?? .end) })
            consumer = made
            hasGap = true
            words = count > 0 ? nil : "the topic \(topic) does not exist"
            return made
        } catch {
            words = "\(configuration.bootstrapServers): \(error)"
            return nil
        }
    }
}
