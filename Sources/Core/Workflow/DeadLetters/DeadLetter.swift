public import JSON

/// A dead letter as it becomes a row: a task, a run or a record that the fleet gave up on.
public struct DeadLetter: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case task, run, record
    }

    /// Names it for ever: a letter that arrives twice is one row.
    public var messageID: [UInt8]
    public var kind: Kind
    public var reason: [UInt8]
    public var runID: [UInt8]?
    public var taskID: [UInt8]?
    public var handler: [UInt8]?
    public var attempts: Int
    public var error: [UInt8]
    public var errorClass: [UInt8]?
    public var errorType: [UInt8]?
    public var failedAt: Microseconds
    public var sessionID: [UInt8]?
    public var tenantID: [UInt8]?
    public var flowID: [UInt8]?
    /// The task message, and the record it arose from: JSON.
    public var task: Bytes?
    public var original: Bytes?
    /// The record as it stood in its topic, where the columns cannot say all of it.
    public var value: Bytes?

    /// The attempt that failed last, where it is a task.
    public var attempt: Int? { kind == .task ? attempts - 1 : nil }
}

/// A record of the dead letter topic.
public struct LetterRecord: Sendable {
    public var partition: Int32
    public var offset: Int64
    public var key: Bytes?
    /// Nil for a record without value.
    public var value: Bytes?
    /// When it was written; 0 where nobody says.
    public var time: Microseconds

    public init(partition: Int32, offset: Int64, key: Bytes? = nil, value: Bytes?, time: Microseconds) {
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.time = time
    }
}
