import JSON

/// What a record on a lane's topics says, or why it says nothing.
public enum LaneInput: Sendable {
    /// These two apart from the others: results are many, and shall be small.
    indirect case request(RunRequest)
    indirect case command(RunCommand)
    case result(TaskResult)
    /// Kept as a dead letter; the lane goes on.
    case unreadable(Unreadable)

    public var runID: Identifier? {
        switch self {
        case .request(let request): request.runID
        case .command(let command): command.runID
        case .result(let result): result.runID
        case .unreadable: nil
        }
    }
}

/// Why a record became a dead letter, in a sentence, with the run it names where that much could be read.
public struct Unreadable: Error, Sendable, Equatable {
    public var sentence: String
    public var isTooLarge = false
    public var runID: Identifier?

    public init(_ sentence: String, isTooLarge: Bool = false, runID: Identifier? = nil) {
        self.sentence = sentence
        self.isTooLarge = isTooLarge
        self.runID = runID
    }
}

/// Reads records of a lane's topics. Keeps its member table from record to record, so that reading allocates little.
public struct InputReader: Sendable {
    var members = JSONMembers()
    private var ids = IdentifierPool()

    public init() {}

    public mutating func read(_ record: InputRecord) -> LaneInput {
        do throws(Unreadable) {
            try scan(record)
            switch record.topic {
            case .flowRuns: return try readRunEvent(record)
            case .taskDone: return try .result(readDone())
            case .taskFailed: return try .result(readFailed())
            }
        } catch {
            return .unreadable(error)
        }
    }

    private mutating func scan(_ record: InputRecord) throws(Unreadable) {
        guard let value = record.value else { throw Unreadable("the record has no value") }
        guard value.count <= Limits.messageBytes else {
            throw Unreadable(
                "the record has \(value.count) bytes, at most \(Limits.messageBytes)", isTooLarge: true)
        }
        do throws(JSONError) {
            try members.scan(value)
        } catch {
            throw Unreadable("not readable as JSON: \(error)")
        }
    }

    /// An id that must be there.
    mutating func identifier(_ name: StaticString) throws(Unreadable) -> Identifier {
        guard let member = members.member(name) else { throw Unreadable("\(name) is missing") }
        return try identifier(member, name)
    }

    mutating func optionalIdentifier(_ name: StaticString) throws(Unreadable) -> Identifier? {
        guard let member = members.member(name) else { return nil }
        return try identifier(member, name)
    }

    private mutating func identifier(_ member: JSONMember, _ name: StaticString) throws(Unreadable) -> Identifier {
        guard let text = member.value.text else {
            throw Unreadable("\(name) must be a string, it is \(member.value.kind)")
        }
        guard member.isStorable, let id = ids.id(text) else {
            throw Unreadable("\(name) must have 1 to 255 bytes without control characters, it has \(text.count)")
        }
        return id
    }

    func text(_ name: StaticString) throws(Unreadable) -> Bytes? {
        guard let value = members[name] else { return nil }
        guard let text = value.text else { throw Unreadable("\(name) must be a string, it is \(value.kind)") }
        return text
    }

    func integer(_ name: StaticString, _ range: ClosedRange<Int>) throws(Unreadable) -> Int? {
        guard let value = members[name] else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw Unreadable("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
