/// The dead letter topic as the drainer reads it.
///
/// Positions are a convenience: what is committed too late comes again, and a letter that comes again is the same row.
public protocol LetterLog: AnyObject {
    /// What is there, waiting for the first of it; with a limit of 0 nothing is taken, but the place in the group is
    /// kept. Never fails: what is wrong with the log it says in the intake.
    func receive(limit: Int, wait: Microseconds) -> LetterIntake

    /// These records and all before them are kept; partitions that are held no more are left out.
    func commit(_ positions: [LetterPosition])

    func close(within wait: Microseconds)
}

/// What one look at the log brought.
public struct LetterIntake: Sendable {
    public var records: [LetterRecord] = []
    /// Nil while the log answers.
    public var trouble: String?

    public init(records: [LetterRecord] = [], trouble: String? = nil) {
        self.records = records
        self.trouble = trouble
    }
}

/// Where a partition is read from next.
public struct LetterPosition: Hashable, Sendable {
    public var partition: Int32
    public var next: Int64

    public init(partition: Int32, next: Int64) {
        self.partition = partition
        self.next = next
    }
}
