public import JSON

/// A task message as an executor reads it: its record and where in it the parts lie, so that a copy of it is cheap.
/// Nothing of the record is copied but ids that hold escapes: those are written out beside it.
public struct TaskMessage: Sendable {
    private struct Part {
        var start: Int32 = 0
        /// Below zero: the message has no such part.
        var count: Int32 = -1
        /// It lies beside the record.
        var isBeside = false
    }

    private let record: Bytes
    private var beside: [UInt8] = []
    private var parts: InlineArray<10, Part> = InlineArray(repeating: Part())
    /// What has to be echoed; nil when the message has none.
    public private(set) var attempt: Int?
    public private(set) var timeoutSeconds: Double?
    public private(set) var lane: Int32?

    private init(_ record: Bytes) { self.record = record }

    private enum Name: Int {
        case runID, taskID, handler, inputs, context, idempotencyKey, previousError, enqueuedAt, then, scope
    }

    private subscript(_ name: Name) -> Bytes? {
        let part = parts[name.rawValue]
        guard part.count >= 0 else { return nil }
        let start = Int(part.start)
        if part.isBeside { return beside[start..<start + Int(part.count)] }
        return record[record.startIndex + start..<record.startIndex + start + Int(part.count)]
    }

    private func value(_ name: Name) -> JSONValue? { self[name].map { JSONValue(trusted: $0) } }

    public var runID: Bytes { self[.runID] ?? [] }
    public var taskID: Bytes { self[.taskID] ?? [] }
    /// Empty when the message names none.
    public var handler: Bytes { self[.handler] ?? [] }
    public var inputs: JSONValue { value(.inputs) ?? Self.null }
    public var context: JSONValue? { value(.context) }
    public var idempotencyKey: Bytes? { self[.idempotencyKey] }
    public var previousError: JSONValue? { value(.previousError) }
    /// When the fact was that dispatched it, as the message says it.
    public var enqueuedAt: Bytes? { self[.enqueuedAt] }
    /// In segments: the tasks behind this one, what their inputs read beside its output, and the whole message.
    var then: JSONValue? { value(.then) }
    var scope: JSONValue? { value(.scope) }
    var whole: Bytes { record }

    private static let null = JSONValue(trusted: JSONValue.null)

    /// It is the first of a segment.
    public var isSegment: Bool { parts[Name.then.rawValue].count >= 0 }

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

extension TaskMessage {
    /// The next one of a segment: what `first` says, but for what the segment's plan does.
    init(behind first: TaskMessage, taskID: [UInt8], handler: [UInt8], inputs: JSONValue, timeoutSeconds: Double?) {
        self.init(first.record)
        beside.reserveCapacity(taskID.count + handler.count + inputs.bytes.count)
        put(taskID[...], as: .taskID)
        put(handler[...], as: .handler)
        put(inputs.bytes, as: .inputs)
        for name in [Name.runID, .context, .enqueuedAt] { take(name, from: first) }
        (attempt, lane) = (0, first.lane)
        self.timeoutSeconds = timeoutSeconds
    }

    /// A part as another message has it.
    private mutating func take(_ name: Name, from other: TaskMessage) {
        let part = other.parts[name.rawValue]
        if part.isBeside { put(other[name] ?? [], as: name) } else { parts[name.rawValue] = part }
    }

    private mutating func put(_ part: Bytes, as name: Name) {
        parts[name.rawValue] = Part(start: Int32(beside.count), count: Int32(part.count), isBeside: true)
        beside += part
    }

    /// Needs `run_id` and `task_id`, both fit to be ids; everything else may be absent or of a wrong type, which then
    /// counts as absent.
    fileprivate init(_ record: Bytes, _ members: JSONMembers) throws(TaskMessageError) {
        self.init(record)
        try note(.runID, id: "run_id", members)
        try note(.taskID, id: "task_id", members)
        note(.handler, text: "handler", members)
        note(.inputs, "inputs", members)
        note(.context, "execution_context", members)
        note(.idempotencyKey, text: "idempotency_key", members)
        note(.previousError, "previous_error", members)
        note(.enqueuedAt, text: "enqueued_at", members)
        attempt = members["attempt"]?.int.flatMap { $0 >= 0 ? $0 : nil }
        timeoutSeconds = members["timeout"]?.double.flatMap { $0 > 0 ? $0 : nil }
        lane = members["lane"]?.int.flatMap { $0 >= 0 ? Int32(exactly: $0) : nil }
        guard let then = members["then"], then.kind == .array, !then.parts.isEmpty else { return }
        note(.then, "then", members)
        note(.scope, "scope", members)
    }

    private mutating func note(_ name: Name, _ member: StaticString, _ members: JSONMembers) {
        guard let place = members.place(of: member) else { return }
        parts[name.rawValue] = Part(start: Int32(place.lowerBound), count: Int32(place.count))
    }

    private mutating func note(_ name: Name, text member: StaticString, _ members: JSONMembers) {
        guard let place = members.place(of: member), let text = members.text(at: place) else { return }
        switch text {
        case .plain: parts[name.rawValue] = Part(start: Int32(place.lowerBound + 1), count: Int32(place.count - 2))
        case .escaped(let characters): put(characters[...], as: name)
        }
    }

    private mutating func note(
        _ name: Name, id member: StaticString, _ members: JSONMembers
    ) throws(TaskMessageError) {
        note(name, text: member, members)
        guard let id = self[name] else { throw TaskMessageError("\(member) is missing or not a string") }
        guard Identifier.isValidID(id) else { throw TaskMessageError("\(member) is not a valid id") }
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

    public init() {}

    public mutating func read(_ record: Bytes?) throws(TaskMessageError) -> TaskMessage {
        guard let record else { throw TaskMessageError("the record has no value") }
        do {
            try members.scan(record)
        } catch {
            throw TaskMessageError("\(error)")
        }
        return try TaskMessage(record, members)
    }
}
