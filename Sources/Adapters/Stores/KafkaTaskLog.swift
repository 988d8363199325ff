public import Kafka
public import Workflow

/// The task topics in Kafka: one consumer of a group, one idempotent producer. The executor's thread calls all of it.
///
/// - An assignment is told once the group's commits are read; nothing is fetched before `begin` has committed.
/// - A revocation is answered only by `release`; heartbeats go on meanwhile.
/// - A client that can do nothing more is replaced by a new one: its partitions are lost, its unreported results
///   undelivered.
public final class KafkaTaskLog: TaskLog {
    public struct Settings: Sendable {
        public var connection: KafkaConfiguration
        public var group: KafkaGroup
        /// The task topics by number, and where results go.
        public var tasks: [String]
        public var done: String
        public var failed: String
        public var deadLetters: String
        public var answerMilliseconds = 5_000

        public init(
            connection: KafkaConfiguration, group: KafkaGroup, tasks: [String], done: String, failed: String,
            deadLetters: String
        ) {
            self.connection = connection
            self.group = group
            self.tasks = tasks
            self.done = done
            self.failed = failed
            self.deadLetters = deadLetters
        }
    }

    let settings: Settings
    let waker = TaskLogWaker()
    var consumer: KafkaConsumer?
    var producer: KafkaProducer?
    /// The numbers of `done`, `failed` and the dead letters on this producer.
    var outTopics: [Int] = []
    var unreported = UnreportedTokens()
    /// Bytes of the records that were taken last.
    var page = RecordPage()

    /// Told with the next `receive`.
    var events: [TaskLogEvent] = []
    /// Given to us, their commits not read yet.
    var arriving: [TopicPartition]?
    var held: Set<TaskPartition> = []
    var paused: Set<TaskPartition> = []
    /// Of this consumer, as far as they were told.
    var commitsTaken = 0
    var isReachable: Bool?
    var nextTry = ContinuousClock.now

    public init(_ settings: Settings) {
        self.settings = settings
    }

    /// Ends a waiting `receive`. From any thread.
    public var wake: @Sendable () -> Void {
        let waker = waker
        return { waker.wake() }
    }

    /// What the clients last had to say about themselves, for the log and health.
    public private(set) var lastError: String?

    public func name(ofTopic topic: Int) -> String { settings.tasks[topic] }

    public func pause(_ partitions: [TaskPartition]) {
        paused.formUnion(partitions)
        try? consumer?.pause(partitions.map(topicPartition))
    }

    public func resume(_ partitions: [TaskPartition]) {
        paused.subtract(partitions)
        try? consumer?.resume(partitions.map(topicPartition))
    }

    public func close(committing positions: [TaskCommit], within wait: Int64) {
        let end = ContinuousClock.now + .microseconds(wait)
        if !held.isEmpty {
            try? consumer?.commit(positions.map(offset), timeoutMilliseconds: milliseconds(until: end) / 2)
        }
        producer?.close(withinMilliseconds: milliseconds(until: end) / 2)
        dropConsumer(withinMilliseconds: milliseconds(until: end))
        producer = nil
    }

    func topicPartition(_ partition: TaskPartition) -> TopicPartition {
        TopicPartition(settings.tasks[partition.topic], partition.partition)
    }

    func taskPartition(_ partition: TopicPartition) -> TaskPartition? {
        settings.tasks.firstIndex(of: partition.topic).map { TaskPartition(topic: $0, partition: partition.partition) }
    }

    func offset(_ commit: TaskCommit) -> KafkaOffset {
        KafkaOffset(
            topicPartition(commit.partition), commit.offset, metadata: String(decoding: commit.metadata, as: UTF8.self))
    }

    func note(reachable: Bool, _ error: String? = nil) {
        if let error { lastError = error }
        if reachable { lastError = nil }
        guard isReachable != reachable else { return }
        isReachable = reachable
        events.append(reachable ? .reachable : .unreachable(lastError ?? "no answer"))
    }

    func milliseconds(until end: ContinuousClock.Instant) -> Int {
        max(0, Int((end - ContinuousClock.now) / .milliseconds(1)))
    }
}
