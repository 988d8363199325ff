public import JSON

/// A task message as an executor reads it: slices of the record, nothing copied but ids that hold escapes.
public struct TaskMessage: Sendable {
    public let runID: Bytes
    public let taskID: Bytes
    /// Empty when the message names none.
    public let handler: Bytes
    public let inputs: JSONValue
    /// What has to be echoed; nil when the message has none.
    public let attempt: Int?
    public let timeoutSeconds: Double?
    public let lane: Int32?
    public let context: JSONValue?
    public let idempotencyKey: Bytes?
    public let previousError: JSONValue?
    /// When the fact was that dispatched it, as the message says it.
    public let enqueuedAt: Bytes?
    /// In segments: the tasks behind this one, what their inputs read beside its output, and the whole message.
    var then: JSONValue?
    var scope: JSONValue?
    var whole: Bytes = []

    /// It is the first of a segment.
    public var isSegment: Bool { then != nil }

    /// The end of a message that carries no trace: then its record has no header of that name, and nobody need look.
    static let untraced: StaticString = ",\"traceparent\":null}"

    /// Whether the message itself tells that nothing traces it. One that does not may still be untraced.
    public static func saysUntraced(_ value: UnsafeRawBufferPointer) -> Bool {
        untraced.withUTF8Buffer { value.suffix($0.count).elementsEqual($0) }
    }

    /// Dispatched by a fact of that time or before; one that does not say when is not known to be.
    public func isDispatched(by limit: Microseconds) -> Bool {
        limit == .max || enqueuedAt.flatMap { Timestamp.parse($0) }.map { $0 <= limit } ?? false
    }
}

/// Why a record of a task topic cannot be answered: nobody knows which task it is about.
public struct TaskMessageError: Error, Equatable, Sendable {
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }
}

/// Reads task messages, one after the other, allocating nothing of its own once warm.
public struct TaskMessageReader: Sendable {
    private var members = JSONMembers()
    private static let null = JSONValue(trusted: Array("null".utf8)[...])

    public init() {}

    /// Needs `run_id` and `task_id`, both fit to be ids; everything else may be absent or of a wrong type, which then
    /// counts as absent.
    public mutating func read(_ record: Bytes?) throws(TaskMessageError) -> TaskMessage {
        guard let record else { throw TaskMessageError("the record has no value") }
        do {
            try members.scan(record)
        } catch {
            throw TaskMessageError("\(error)")
        }
        var message = TaskMessage(
            runID: try id("run_id", isValid: Identifier.isValidID),
            taskID: try id("task_id", isValid: Identifier.isValidID),
            handler: text("handler") ?? [],
            inputs: members["inputs"] ?? Self.null,
            attempt: members["attempt"]?.int.flatMap { $0 >= 0 ? $0 : nil },
            timeoutSeconds: members["timeout"]?.double.flatMap { $0 > 0 ? $0 : nil },
            lane: members["lane"]?.int.flatMap { $0 >= 0 ? Int32(exactly: $0) : nil },
            context: members["execution_context"],
            idempotencyKey: text("idempotency_key"),
            previousError: members["previous_error"],
            enqueuedAt: text("enqueued_at"))
        if let then = members["then"], then.kind == .array, !then.parts.isEmpty {
            (message.then, message.scope, message.whole) = (then, members["scope"], record)
        }
        return message
    }

    private func id(_ name: StaticString, isValid: (Bytes) -> Bool) throws(TaskMessageError) -> Bytes {
        guard let bytes = text(name) else { throw TaskMessageError("\(name) is missing or not a string") }
        guard isValid(bytes) else { throw TaskMessageError("\(name) is not a valid id") }
        return bytes
    }

    private func text(_ name: StaticString) -> Bytes? {
        guard let value = members[name], value.kind == .string else { return nil }
        if let plain = value.plainString { return plain }
        return value.string().map { $0[...] }
    }
}
