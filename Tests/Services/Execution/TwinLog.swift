import JSON
import Workflow

/// A task log in memory: partitions of one topic, one member, and every fault a test asks for.
final class TwinLog: TaskLog {
    struct Stored: Equatable {
        var offset: Int64
        var metadata: [UInt8]
    }

    var records: [Int32: [[UInt8]?]] = [:]
    /// Offset of the first record kept, by partition.
    var start: [Int32: Int64] = [:]
    var stored: [Int32: Stored] = [:]
    var published: [ResultRecord] = []
    var calls: [String] = []

    /// Reports wait until `deliver`.
    var holdsReports = false
    var failingBegins = 0
    var failingCommits = 0
    var failingNows = 0
    var failingReleases = 0
    /// Results `publish` takes before it says that it is full; nil for all.
    var room: Int?
    private(set) var isClosed = false

    private var positions: [Int32: Int64] = [:]
    private(set) var paused: Set<Int32> = []
    private var events: [TaskLogEvent] = []
    private var held: [Int] = []

    func append(_ text: String, to partition: Int32 = 0) {
        records[partition, default: []].append(Array(text.utf8))
    }

    func assign(_ partitions: Int32...) {
        let assignments = partitions.map { partition in
            TaskAssignment(
                partition: TaskPartition(topic: 0, partition: partition), offset: stored[partition]?.offset,
                metadata: stored[partition].map { $0.metadata[...] })
        }
        events.append(.assigned(assignments))
    }

    func revoke(_ partitions: Int32...) {
        for partition in partitions { positions[partition] = nil }
        events.append(.revoking(partitions.map { TaskPartition(topic: 0, partition: $0) }))
    }

    func lose(_ partitions: Int32...) {
        for partition in partitions { positions[partition] = nil }
        events.append(.lost(partitions.map { TaskPartition(topic: 0, partition: $0) }))
    }

    func tell(_ event: TaskLogEvent) { events.append(event) }

    /// Reports what was held back.
    func deliver(_ delivery: TaskDelivery = .delivered) {
        for token in held { events.append(.reported(token: token, delivery)) }
        held = []
    }

    func seek(_ partition: Int32, to offset: Int64) { positions[partition] = offset }

    func receive(into intake: inout TaskIntake, limit: Int, wait: Int64) {
        intake.events = events
        events = []
        for partition in positions.keys.sorted() where !paused.contains(partition) {
            let first = start[partition] ?? 0
            while intake.records.count < limit, let position = positions[partition],
                position < first + Int64(records[partition]?.count ?? 0)
            {
                let offset = max(position, first)
                let value = records[partition]?[Int(offset - first)]
                intake.records.append(
                    TaskLogRecord(
                        partition: TaskPartition(topic: 0, partition: partition), offset: offset,
                        value: value.map { $0[...] }))
                positions[partition] = offset + 1
            }
        }
    }

    func begin(_ partitions: [TaskPartition], committing positions: [TaskCommit]) throws(TaskLogError) {
        calls.append("begin")
        if failingBegins > 0 {
            failingBegins -= 1
            throw TaskLogError("begin")
        }
        store(positions)
        for partition in partitions { self.positions[partition.partition] = stored[partition.partition]?.offset ?? 0 }
        paused.subtract(partitions.map(\.partition))
    }

    func publish(_ results: [ResultRecord]) -> Int {
        let taken = results.prefix(room ?? results.count)
        if let room { self.room = room - taken.count }
        for result in taken {
            published.append(result)
            if holdsReports {
                held.append(result.token)
            } else {
                events.append(.reported(token: result.token, .delivered))
            }
        }
        return taken.count
    }

    func commit(_ positions: [TaskCommit]) {
        calls.append("commit")
        let fails = failingCommits > 0
        if fails { failingCommits -= 1 } else { store(positions) }
        events.append(.committed(!fails))
    }

    func commitNow(_ positions: [TaskCommit]) throws(TaskLogError) {
        calls.append("commitNow")
        if failingNows > 0 {
            failingNows -= 1
            throw TaskLogError("commitNow")
        }
        store(positions)
    }

    func release(committing positions: [TaskCommit]) throws(TaskLogError) {
        calls.append("release")
        if failingReleases > 0 {
            failingReleases -= 1
            throw TaskLogError("release")
        }
        store(positions)
    }

    func pause(_ partitions: [TaskPartition]) { paused.formUnion(partitions.map(\.partition)) }
    func resume(_ partitions: [TaskPartition]) { paused.subtract(partitions.map(\.partition)) }
    func name(ofTopic topic: Int) -> String { "task_queue" }

    func close(committing positions: [TaskCommit], within wait: Int64) {
        store(positions)
        isClosed = true
    }

    private func store(_ commits: [TaskCommit]) {
        for commit in commits {
            stored[commit.partition.partition] = Stored(offset: commit.offset, metadata: commit.metadata)
        }
    }
}
