import Workflow

/// Names one assignment of one partition: a later assignment of the same partition is another one, so whatever ends
/// after its partition went finds nothing to finish.
struct AssignmentID: Hashable, Sendable {
    let index: Int
    let generation: Int
}

/// One partition while it is ours.
///
/// | phase | true in it | left by |
/// |---|---|---|
/// | `opening` | its window is not committed yet; no record comes | begun → `open`, revoked → `draining` |
/// | `open` | records come and start | revoked → `draining`, lost → `gone` |
/// | `draining` | nothing starts; what runs may end until a moment | released → `gone` |
/// | `gone` | nothing; the place may be used again | assigned → `opening` |
struct PartitionState {
    enum Phase: Equatable {
        case opening
        case open
        case draining(until: Int64)
        case gone
    }

    let partition: TaskPartition
    let generation: Int
    var phase = Phase.opening
    /// Nil until the first record of a partition nobody ever committed.
    var ledger: OffsetLedger?
    /// Its former owner went in order.
    let wasClean: Bool
    var waiting = RecordQueue()
    var isPaused = false
    /// Attempts that run, and results not reported yet.
    var open = 0
    /// Offsets finished since the last commit.
    var uncommitted = 0

    init(_ assignment: TaskAssignment, generation: Int) {
        partition = assignment.partition
        self.generation = generation
        ledger = assignment.offset.map { OffsetLedger(base: $0, metadata: assignment.metadata) }
        wasClean = OffsetLedger.isClean(assignment.metadata)
    }

    /// The first waiting record may start as far as the window goes.
    var isAdmitting: Bool {
        guard let next = waiting.first else { return true }
        return ledger?.admits(next.offset) ?? true
    }

    func commit(clean: Bool) -> TaskCommit? {
        ledger.map { TaskCommit(partition: partition, offset: $0.base, metadata: $0.metadata(clean: clean)) }
    }
}

/// Records in order of arrival. Taking from the front costs nothing.
struct RecordQueue {
    /// What was taken is nil, so that its bytes can go.
    private var records: [TaskLogRecord?] = []
    private var head = 0

    var count: Int { records.count - head }
    var isEmpty: Bool { head == records.count }
    var first: TaskLogRecord? { isEmpty ? nil : records[head] }

    mutating func append(_ record: TaskLogRecord) {
        records.append(record)
    }

    mutating func popFirst() -> TaskLogRecord? {
        guard !isEmpty else { return nil }
        let record = records[head]
        records[head] = nil
        head += 1
        if isEmpty {
            records.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1_024 {
            records.removeFirst(head)
            head = 0
        }
        return record
    }

    mutating func removeAll() {
        records.removeAll()
        head = 0
    }
}
