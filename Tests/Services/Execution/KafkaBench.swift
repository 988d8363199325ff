import Execution
import Foundation
import JSON
import Kafka
import Platform
import Stores
import Testing
import Workflow

/// What these tests run on: the mock broker always, the real Kafka where `FLOWFLEET_TEST_KAFKA` names one.
enum Broker: String, CaseIterable, CustomTestStringConvertible {
    case mock, real

    static let servers = ProcessInfo.processInfo.environment["FLOWFLEET_TEST_KAFKA"]
    static let present: [Broker] = servers == nil ? [.mock] : [.mock, .real]
    var testDescription: String { rawValue }
}

/// Topics of one test on a broker, and executors on them.
final class KafkaBench {
    let servers: String
    let mock: KafkaMockCluster?
    let tasks: String
    let done: String
    let failed: String
    let deadLetters: String
    let group: String

    init(_ broker: Broker, partitions: Int = 3, lanes: Int = 2) throws {
        let id = UInt64.random(in: 0 ... .max)
        (tasks, done) = ("task_queue-\(id)", "task_done-\(id)")
        (failed, deadLetters, group) = ("task_failed-\(id)", "dead-\(id)", "executors-\(id)")
        mock = broker == .mock ? try KafkaMockCluster() : nil
        servers = try mock?.bootstrapServers ?? #require(Broker.servers)
        let topics = [(tasks, partitions), (done, lanes), (failed, lanes), (deadLetters, lanes)]
        if let mock {
            for topic in topics { try mock.createTopic(topic.0, partitions: topic.1) }
        } else {
            let admin = try KafkaAdmin(configuration)
            let failures = try admin.createTopics(topics.map { KafkaNewTopic($0.0, partitions: $0.1) })
            if let failure = failures.values.first { throw failure }
        }
    }

    var configuration: KafkaConfiguration { KafkaConfiguration(bootstrapServers: servers) }

    func add(_ messages: [String], partition: Int32) throws {
        let producer = try KafkaProducer(configuration)
        let topic = try producer.topic(tasks)
        var batch = KafkaBatch()
        for message in messages {
            batch.append(topic: topic, partition: partition, key: nil as [UInt8]?, value: Array(message.utf8))
        }
        _ = try producer.send(batch)
        let isDone = producer.flush(timeoutMilliseconds: 10_000)
        #expect(isDone)
        producer.close(withinMilliseconds: 1_000)
    }

    func executor(_ name: String, _ limits: ExecutorLimits = .init(), session: Int = 6_000) -> KafkaMember {
        var group = KafkaGroup(group)
        group.offsetReset = .earliest
        group.sessionTimeoutMilliseconds = session
        let log = KafkaTaskLog(
            KafkaTaskLog.Settings(
                connection: configuration, group: group, tasks: [tasks], done: done, failed: failed,
                deadLetters: deadLetters))
        return KafkaMember(name, log, limits)
    }

    /// All results of a topic by partition, read until there are so many or five seconds have passed.
    func results(_ topic: String, count: Int) throws -> [Int32: [[UInt8]]] {
        let consumer = try KafkaConsumer(configuration, KafkaGroup("reader-\(group)"))
        defer { consumer.close(withinMilliseconds: 1_000) }
        try consumer.assign((0..<2).map { KafkaPosition(TopicPartition(topic, $0), .beginning) })
        var results: [Int32: [[UInt8]]] = [:]
        let end = ContinuousClock.now + .seconds(5)
        while results.values.reduce(0, { $0 + $1.count }) < count, ContinuousClock.now < end {
            _ = consumer.poll(timeoutMilliseconds: 100) { record in
                let value = record.value.map { unsafe Array($0) } ?? []
                results[record.partition, default: []].append(value)
            }
        }
        return results
    }

    /// What the group has committed.
    func committed(partitions: Int32 = 3) throws -> [KafkaOffset] {
        let consumer = try KafkaConsumer(configuration, KafkaGroup(group))
        defer { consumer.close(withinMilliseconds: 1_000) }
        return try consumer.committed((0..<partitions).map { TopicPartition(tasks, $0) }, timeoutMilliseconds: 5_000)
    }
}

/// An executor on Kafka, stepped by the test.
final class KafkaMember {
    let executor: Executor
    let witness = Witness()
    let log: KafkaTaskLog

    final class Witness: TaskWitness {
        var started: [String] = []
        func started(runID: Bytes, taskID: Bytes, attempt: Int) {
            started.append(String(decoding: taskID, as: UTF8.self))
        }
    }

    init(_ name: String, _ log: KafkaTaskLog, _ limits: ExecutorLimits) {
        self.log = log
        executor = Executor(
            .init(log: log, runner: TaskHandlerRunner(wake: log.wake), signals: NoSignals(), witness: witness),
            registry: .builtIn(http: nil), workerID: name, limits: limits)
    }

    /// Ends as a killed process does, for all that its group and its topics learn: nothing more is said or committed.
    func vanish() { log.close(committing: [], within: 1_000_000) }

    func stop() {
        executor.stop(within: 5_000_000)
        step([self]) { executor.state == .stopped }
    }
}

/// Steps all of them in turn until it is so, at most for so long. Whether it became so.
@discardableResult
func step(_ members: [KafkaMember], seconds: Double = 90, until isSo: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while !isSo() {
        guard ContinuousClock.now < end else { return false }
        for member in members { member.executor.step() }
    }
    return true
}

/// Nobody is ever cancelled.
private final class NoSignals: TaskSignals {
    func cancelled(among running: [[UInt8]]) -> [CancelMark] { [] }
    func paused(among running: [[UInt8]]) -> [[UInt8]] { [] }
}
