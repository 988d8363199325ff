public import JSON

/// What came back for a task: a success, a failure, or word that it takes long.
public struct TaskResult: Sendable {
    public enum Outcome: Sendable {
        case succeeded(output: Bytes)
        /// Usable but not complete.
        case degraded(output: Bytes)
        indirect case failed(TaskFailure)
        case held(for: Microseconds)
    }

    public var runID: Identifier
    public var taskID: Identifier
    /// Absent in the smallest form: the current attempt.
    public var attempt: Int32?
    public var outcome: Outcome
    public var workerID: Bytes?
    public var startedAt: Microseconds?
    public var finishedAt: Microseconds?
    public var executionTimeMs: Int64?
    /// In segments: where it stands, the task its executor goes on with, and how long it holds that one.
    public var segment: SegmentMark?
    public var next: Identifier?
    public var holdsNext: Microseconds?

    public init(runID: Identifier, taskID: Identifier, attempt: Int32?, outcome: Outcome) {
        self.runID = runID
        self.taskID = taskID
        self.attempt = attempt
        self.outcome = outcome
    }
}

/// Where a result stands in its segment.
public struct SegmentMark: Sendable, Equatable {
    /// Names one execution of the segment; a repeated message is another one.
    public var id: Int64
    /// 0 for the first task.
    public var step: Int32

    /// Ids stay whole numbers for every reader of JSON.
    public static let ids: ClosedRange<Int> = 1...(1 << 53 - 1)

    public init(id: Int64, step: Int32) {
        self.id = id
        self.step = step
    }
}

public struct TaskFailure: Error, Sendable {
    public var error: Bytes
    /// The handler's own word; otherwise the lane classifies the text.
    public var errorClass: ErrorClass?
    public var errorType: Bytes?
    public var retryAfter: Microseconds?
    public var partialOutput: Bytes?

    public init(
        error: Bytes, errorClass: ErrorClass? = nil, errorType: Bytes? = nil, retryAfter: Microseconds? = nil,
        partialOutput: Bytes? = nil
    ) {
        self.error = error
        self.errorClass = errorClass
        self.errorType = errorType
        self.retryAfter = retryAfter
        self.partialOutput = partialOutput
    }
}

extension TaskResult {
    /// The same attempt, whose result the database does not take.
    public func refused(_ words: String) -> TaskResult {
        var result = self
        let sentence = Array("the database refuses the result: \(words)".utf8)
        result.outcome = .failed(TaskFailure(error: sentence[...], errorClass: .permanent))
        return result
    }

    /// The same attempt as failed for good, in few words.
    public func failureMessage(_ error: String) -> Bytes {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.member("run_id", string: runID.bytes[...])
        writer.member("task_id", string: taskID.bytes[...])
        writer.memberIfPresent("attempt", int: attempt.map { Int($0) })
        writer.member("error", string: error)
        writer.member("error_class", string: ErrorClass.permanent.rawValue)
        writer.endObject()
        return writer.bytes[...]
    }
}
