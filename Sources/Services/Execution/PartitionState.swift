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
/// | `draining` | nothing starts; what runs may end until a moment, then it is reported held | released → `gone` |
/// | `gone` | nothing; the place may be used again | assigned → `opening` |
struct PartitionState {
    enum Phase: Equatable {
        case opening
        case open
        case draining(until: Int64, isHeld: Bool)
        case gone
    }

    let partition: TaskPartition
    let generation: Int
    var phase = Phase.opening
    /// Nil until the first record of a partition nobody ever committed.
    var ledger: OffsetLedger?
    /// Its former owner did not go in order: whatever it had not finished may have ended it.
    private let isUnclean: Bool
    /// Every suspect lies below.
    var suspectsBelow = Int64.min
    /// Suspects that were named and started, and are not settled.
    var namedOut = 0
    /// The offset of the suspect that runs alone.
    var lone: Int64?
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
        isUnclean = ledger != nil && !OffsetLedger.isClean(assignment.metadata)
        if let ledger, isUnclean || ledger.hasNamed {
            suspectsBelow = min(ledger.limit, assignment.end ?? .max)
        }
    }

    /// How a record may start.
    enum Standing { case plain, finished, suspect, alone, poison }

    func standing(of offset: Int64) -> Standing {
        guard offset < suspectsBelow, let ledger, offset >= ledger.base else { return .plain }
        return switch ledger[offset] {
        case .finished: .finished
        case .unfinished: isUnclean ? .suspect : .plain
        case .namedOnce: .alone
        case .namedTwice: .poison
        }
    }

    /// The next record may start without having been named.
    var isNextPlain: Bool {
        guard suspectsBelow > .min, let next = waiting.firstOffset else { return true }
        let standing = standing(of: next)
        return standing == .plain || standing == .finished
    }

    /// A record is done with: its result is in the log, or the lane knows that it is held.
    mutating func settle(_ origin: RecordOrigin) {
        ledger?.finish(origin.offset)
        open -= 1
        guard origin.isSuspect else { return }
        namedOut = max(0, namedOut - 1)
        if lone == origin.offset { lone = nil }
    }

    /// The log was made anew: what was known of suspects is about other records.
    mutating func forgetSuspects() {
        suspectsBelow = .min
        namedOut = 0
        lone = nil
    }

    /// The first waiting record may start as far as the window goes.
    var isAdmitting: Bool {
        guard let next = waiting.firstOffset else { return true }
        return ledger?.admits(next) ?? true
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
    var firstOffset: Int64? { isEmpty ? nil : records[head]?.offset }

    mutating func append(_ record: TaskLogRecord) {
        records.append(record)
    }

    /// Puts back what was just taken.
    mutating func putBack(_ record: TaskLogRecord) {
        guard head > 0 else { return records.insert(record, at: 0) }
        head -= 1
        records[head] = record
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
