import Kafka
import Workflow

/// Reads how far a group has come, as a consumer that names the group and joins nothing.
///
/// Not by the admin client: librdkafka 2.0's may end the process while the group's coordinator is not there yet.
final class GroupReader {
    private let consumer: KafkaConsumer
    private let limit: Int
    private let end: ContinuousClock.Instant?

    /// - `timeoutMilliseconds`: for each question.
    /// - `end`: when the last answer must be there, however many questions there are; nil: no such time.
    init(
        _ configuration: KafkaConfiguration, group: String, timeoutMilliseconds: Int,
        end: ContinuousClock.Instant? = nil
    ) throws(KafkaError) {
        consumer = try KafkaConsumer(configuration, KafkaGroup(group))
        (limit, self.end) = (timeoutMilliseconds, end)
    }

    deinit { consumer.close(withinMilliseconds: min(1_000, patience)) }

    /// What is left for the next question, in milliseconds; Kafka's client says that it is over.
    var patience: Int { end.map { max(1, min(limit, Int(($0 - .now) / .milliseconds(1)))) } ?? limit }

    /// One for each partition of the topic; without an offset where the group never committed.
    func commits(of topic: String) throws(KafkaError) -> [KafkaOffset] {
        try consumer.committed(try partitions(of: topic), timeoutMilliseconds: patience)
    }

    /// What nobody ever committed has been passed by where retention removed it.
    func progress(of topic: String) throws(KafkaError) -> [TaskProgress] {
        let partitions = try partitions(of: topic)
        let ends = try consumer.endOffsets(partitions, timeoutMilliseconds: patience)
        let commits = try consumer.committed(partitions, timeoutMilliseconds: patience)
        var progress: [TaskProgress] = []
        for end in ends {
            var reached = commits.first { $0.partition == end.partition }?.offset
            if reached == nil { reached = try consumer.watermarks(end.partition, timeoutMilliseconds: patience).low }
            progress.append(
                TaskProgress(partition: end.partition.partition, end: end.offset ?? 0, reached: reached ?? 0))
        }
        return progress
    }

    private func partitions(of topic: String) throws(KafkaError) -> [TopicPartition] {
        dropEvents()
        let count = try consumer.partitionCount(topic, timeoutMilliseconds: patience)
        return (0..<Int32(clamping: count)).map { TopicPartition(topic, $0) }
    }

    /// What the client says of its connections would pile up; an answer that does not come says it as well.
    private func dropEvents() {
        while case .event = consumer.poll(timeoutMilliseconds: 0, { _ in }) {}
    }
}
