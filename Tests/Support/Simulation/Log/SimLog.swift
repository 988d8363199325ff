import JSON
import Workflow

/// One record of the model's log.
struct SimRecord {
    var offset: Int64 = 0
    var key: Bytes?
    var value: Bytes?
    var eventType: Bytes?
    var time: Microseconds = 0
    /// A copy that a test or a producer put there again, not news.
    var isCopy = false
}

/// An append-only list with a first offset that retention may raise.
final class SimPartition {
    private(set) var base: Int64 = 0
    private(set) var records: [SimRecord] = []
    var end: Int64 { base + Int64(records.count) }

    func append(_ record: SimRecord) -> Int64 {
        var record = record
        record.offset = end
        records.append(record)
        return record.offset
    }

    subscript(_ offset: Int64) -> SimRecord? {
        offset >= base && offset < end ? records[Int(offset - base)] : nil
    }

    /// Loss: everything from `offset` on is gone, and offsets are given again.
    func truncate(to offset: Int64) { records.removeLast(Int(end - max(offset, base))) }

    /// Deleted and made anew.
    func recreate() { (base, records) = (0, []) }

    /// Retention: everything below `offset` is gone.
    func cut(below offset: Int64) {
        let count = Int(min(offset, end) - base)
        guard count > 0 else { return }
        records.removeFirst(count)
        base += Int64(count)
    }
}

/// A topic of the model, with its partitions.
final class SimTopic {
    let name: String
    let partitions: [SimPartition]

    init(_ name: String, _ count: Int) {
        self.name = name
        partitions = (0..<count).map { _ in SimPartition() }
    }

    var allRecords: [SimRecord] { partitions.flatMap(\.records) }
}

/// Kafka as far as the fleet can tell: partitions, three groups, and messages that arrive when nobody expects them.
final class SimLog {
    let flowRuns, taskDone, taskFailed, taskQueue, deadLetters, runEvents: SimTopic
    let lanes: SimGroup
    let tasks: SimGroup
    let letters: SimGroup
    /// The broker does not answer.
    var isAway = false
    /// Sent, reported as failed or never reported, and still on the wire.
    var late: [(topic: SimTopic, partition: Int, record: SimRecord)] = []
    /// Told of every record that is appended.
    var onAppend: ((SimTopic, Int, SimRecord) -> Void)?

    init(lanes count: Int, taskPartitions: Int) {
        flowRuns = SimTopic("flow_runs", count)
        taskDone = SimTopic("task_done", count)
        taskFailed = SimTopic("task_failed", count)
        taskQueue = SimTopic("task_queue", taskPartitions)
        deadLetters = SimTopic("dead_letter_queue", count)
        runEvents = SimTopic("run_events", count)
        lanes = SimGroup(partitions: count)
        tasks = SimGroup(partitions: taskPartitions)
        letters = SimGroup(partitions: count)
    }

    func topic(_ topic: InputTopic) -> SimTopic {
        switch topic {
        case .flowRuns: flowRuns
        case .taskDone: taskDone
        case .taskFailed: taskFailed
        }
    }

    func topic(_ topic: OutTopic) -> SimTopic {
        switch topic {
        case .flowRuns: flowRuns
        case .taskDone: taskDone
        case .taskFailed: taskFailed
        case .deadLetters: deadLetters
        case .runEvents: runEvents
        case .taskQueue: taskQueue
        }
    }

    @discardableResult
    func append(_ topic: SimTopic, _ partition: Int, _ record: SimRecord) -> Int64 {
        let offset = topic.partitions[partition].append(record)
        var record = record
        record.offset = offset
        onAppend?(topic, partition, record)
        return offset
    }
}
