public import HTTP
import JSON
import Workflow

/// One request with who asks, its parameters checked.
public struct Call: Sendable {
    public let request: HTTPServer.Request
    public let caller: Caller
    /// Of this request: in the answer, in problems, in the audit log.
    public let requestID: String
    /// The id of what it makes and of what it asks the lanes for: made here, or with an `Idempotency-Key` that of the
    /// first try.
    public var seed: String

    init(request: HTTPServer.Request, caller: Caller, requestID: String, seed: String) {
        self.request = request
        self.caller = caller
        self.requestID = requestID
        self.seed = seed
    }

    /// Ids for what the request makes, one after the other: UUIDs out of the seed, so the next try makes the same.
    func ids() -> () -> String {
        var count = 0
        return { [seed] in
            count += 1
            return String(decoding: SHA256.uuid("made/", Array("\(seed)/\(count)".utf8)), as: UTF8.self)
        }
    }

    /// A part of the path. What cannot be an id is nobody's.
    func part(_ name: String) throws(Problem) -> String {
        guard let value = request.pathValues[name], RequestDraft.isID(value) else { throw .notFound }
        return value
    }

    func text(_ name: String) -> String? { request.parameter(name) }
    func integer(_ name: String) -> Int? { request.parameter(name).flatMap { Int($0) } }
    func flag(_ name: String) -> Bool { request.parameter(name).map { $0 != "false" } ?? false }
    func time(_ name: String) -> Microseconds? {
        request.parameter(name).flatMap { Timestamp.parse(Array($0.utf8)[...]) }
    }

    var limit: Int { integer("limit") ?? 50 }

    /// The id that the page before ended with.
    func cursorID() throws(Problem) -> String? {
        try text("cursor").map { (text) throws(Problem) in try PageCursor.id(text) }
    }

    /// The body's members; an absent body has none.
    func members() throws(Problem) -> JSONMembers { try Call.members(request.body[...]) }

    static func members(_ body: Bytes) throws(Problem) -> JSONMembers {
        var members = JSONMembers()
        guard !body.isEmpty else { return members }
        do throws(JSONError) {
            try members.scan(body)
        } catch {
            throw Problem(400, "malformed_json", "the body: \(error.description(in: body))")
        }
        return members
    }

    /// Who wants it, for the audit log: the key's name before the user that the body or a header names.
    func wish(_ fields: BodyFields, id: String? = nil) -> Wish {
        Wish(requestID: id ?? seed, actor: actor(fields.text("actor")), reason: fields.text("reason") ?? text("reason"))
    }

    /// The wish of a body that says nothing else: its own id, actor and reason, checked.
    func wish(reading fields: inout BodyFields) throws(Problem) -> Wish {
        let requestID = fields.id("request_id")
        _ = fields.string("reason")
        _ = fields.string("actor", most: 255)
        try fields.check()
        return wish(fields, id: requestID)
    }

    func actor(_ named: String?) -> String? {
        guard let key = caller.name else { return named }
        return named.map { "\(key)/\($0)" } ?? key
    }
}

/// Reads members of a body and gathers what is wrong with them.
struct BodyFields {
    let members: JSONMembers
    private(set) var findings: [Problem.Finding] = []

    init(_ members: JSONMembers) { self.members = members }

    /// Without a word about one that is no text.
    func text(_ name: StaticString) -> String? {
        members[name]?.string().map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func find(_ pointer: String, _ detail: String) { findings.append(Problem.Finding(pointer, detail)) }

    mutating func id(_ name: StaticString) -> String? {
        guard let member = members.member(name) else { return nil }
        guard let text = member.value.string().map({ String(decoding: $0, as: UTF8.self) }), RequestDraft.isID(text),
            member.isStorable
        else {
            find("/\(name)", "must be a text of 1 to 255 bytes without control characters")
            return nil
        }
        return text
    }

    mutating func string(_ name: StaticString, most: Int = 4_096) -> String? {
        guard let member = members.member(name) else { return nil }
        guard let text = member.value.string(), member.isStorable, text.count <= most else {
            find("/\(name)", "must be a text of at most \(most) bytes that can be stored")
            return nil
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Texts; numbers count as their digits.
    mutating func strings(_ name: StaticString) -> [String]? {
        guard let value = members[name] else { return nil }
        var texts: [String] = []
        var isRight = value.kind == .array && value.isStorable
        value.forEachElement { element in
            if let text = element.string() ?? element.int.map({ Array("\($0)".utf8) }) {
                texts.append(String(decoding: text, as: UTF8.self))
            } else {
                isRight = false
            }
        }
        guard isRight else {
            find("/\(name)", "must be an array of texts that can be stored")
            return nil
        }
        return texts
    }

    mutating func integer(_ name: StaticString, _ range: ClosedRange<Int>) -> Int? {
        guard let value = members[name] else { return nil }
        guard let number = value.int, range.contains(number) else {
            find("/\(name)", "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func number(_ name: StaticString, _ range: ClosedRange<Double>) -> Double? {
        guard let value = members[name] else { return nil }
        guard let number = value.double, range.contains(number) else {
            find("/\(name)", "must be a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func bool(_ name: StaticString) -> Bool? {
        guard let value = members[name] else { return nil }
        guard let bool = value.bool else {
            find("/\(name)", "must be true or false")
            return nil
        }
        return bool
    }

    mutating func time(_ name: StaticString) -> Microseconds? {
        guard let value = members[name] else { return nil }
        guard let text = value.string(), let time = Timestamp.parse(text[...]) else {
            find("/\(name)", "must be a time such as 2026-11-21T10:00:00Z")
            return nil
        }
        return time
    }

    /// A value of this kind that a row can hold.
    mutating func payload(_ name: StaticString, _ kind: JSONKind?) -> Bytes? {
        guard let member = members.member(name) else { return nil }
        if let kind, member.value.kind != kind {
            find("/\(name)", "must be an \(kind), it is \(member.value.kind)")
        } else if member.writtenOut > Limits.payloadBytes {
            find("/\(name)", "has \(member.writtenOut) bytes, at most \(Limits.payloadBytes)")
        } else if member.depth > Limits.depth {
            find("/\(name)", "nests \(member.depth) deep, at most \(Limits.depth)")
        } else if !member.isStorable {
            find("/\(name)", "holds \\u0000, half a character or a number of more than 400 digits")
        } else {
            return member.value.bytes
        }
        return nil
    }

    /// Throws when anything was found.
    func check() throws(Problem) {
        guard findings.isEmpty else {
            let count = findings.count == 1 ? "1 problem" : "\(findings.count) problems"
            throw Problem(422, "invalid", "the body has \(count)", findings: findings)
        }
    }
}
