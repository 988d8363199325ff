/// The top-level members of one envelope, scanned once.
///
/// Kept by its owner and reused from text to text, so that reading one allocates nothing once it is warm.
public struct JSONMembers: Sendable {
    private struct Member {
        var key: Range<Int32>
        var value: Range<Int32>
        var isStorable: Bool
        var depth: Int32
        var growth: Int
    }

    private var text: Bytes = []
    private var members: [Member] = []
    /// Of each member, length and last bytes of its key: nearly all others differ in it. By themselves, for most looks
    /// need nothing else.
    private var tags: [UInt64] = []
    private var hasEscapedKeys = false

    public init() {}

    public var count: Int { members.count }

    /// Checks the whole text; afterwards its members can be asked for. A member may nest as deep as it likes: `depth`
    /// tells, so that one bad payload does not make the envelope around it unreadable.
    public mutating func scan(_ bytes: Bytes, limits: JSONLimits = .standard) throws(JSONError) {
        forget()
        guard bytes.count <= min(limits.maxBytes, Int(Int32.max)) else { throw JSONError(.size, at: limits.maxBytes) }
        var failure: JSONError?
        bytes.withUnsafeBufferPointer { buffer in
            do throws(JSONError) {
                var scanner = JSONScanner(buffer, maxDepth: .max)
                try scanTop(&scanner)
            } catch {
                failure = error
            }
        }
        if let failure {
            forget()
            throw failure
        }
        text = bytes
    }

    private mutating func forget() {
        members.removeAll(keepingCapacity: true)
        tags.removeAll(keepingCapacity: true)
        (text, hasEscapedKeys) = ([], false)
    }

    private mutating func scanTop(_ scanner: inout JSONScanner) throws(JSONError) {
        scanner.skipSpace()
        guard !scanner.isAtEnd else { throw JSONError(.empty, at: 0) }
        guard scanner.current == UInt8(ascii: "{") else {
            try scanner.skipValue()
            try Self.skipRest(&scanner)
            throw JSONError(.notAnObject, at: 0)
        }
        scanner.position += 1
        scanner.skipSpace()
        if scanner.current == UInt8(ascii: "}") {
            scanner.position += 1
        } else {
            repeat { try scanMember(&scanner) } while try scanner.skipComma(closing: UInt8(ascii: "}"))
        }
        try Self.skipRest(&scanner)
    }

    private mutating func scanMember(_ scanner: inout JSONScanner) throws(JSONError) {
        guard scanner.current == UInt8(ascii: "\"") else { throw JSONError(.syntax, at: scanner.position) }
        let keyStart = Int32(truncatingIfNeeded: scanner.position + 1)
        if try scanner.skipString() { hasEscapedKeys = true }
        let keyEnd = Int32(truncatingIfNeeded: scanner.position - 1)
        try scanner.skipColon()
        (scanner.isStorable, scanner.deepest, scanner.growth) = (true, 0, 0)
        let valueStart = Int32(truncatingIfNeeded: scanner.position)
        try scanner.skipValue()
        let valueEnd = Int32(truncatingIfNeeded: scanner.position)
        tags.append(Self.tag(scanner.bytes, Int(keyStart)..<Int(keyEnd)))
        members.append(
            Member(
                key: keyStart..<keyEnd, value: valueStart..<valueEnd, isStorable: scanner.isStorable,
                depth: Int32(truncatingIfNeeded: scanner.deepest), growth: scanner.growth))
    }

    static func skipRest(_ scanner: inout JSONScanner) throws(JSONError) {
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw JSONError(.syntax, at: scanner.position) }
    }

    /// The last member of that name; nil if it is absent or `null`, which means the same.
    public subscript(_ name: StaticString) -> JSONValue? { member(name)?.value }

    /// The same, with what scanning it found out.
    public func member(_ name: StaticString) -> JSONMember? {
        guard let member = find(name) else { return nil }
        let start = text.startIndex
        let value = JSONValue(
            trusted: text[start + Int(member.value.lowerBound)..<start + Int(member.value.upperBound)])
        guard !value.isNull else { return nil }
        return JSONMember(
            value: value, isStorable: member.isStorable, depth: Int(member.depth),
            writtenOut: member.value.count + member.growth)
    }

    /// Where in the text the member's value lies; nil if it is absent or `null`.
    public func place(of name: StaticString) -> Range<Int>? {
        guard let member = find(name) else { return nil }
        let place = Int(member.value.lowerBound)..<Int(member.value.upperBound)
        // Of all values, only null begins so.
        return text[text.startIndex + place.lowerBound] == UInt8(ascii: "n") ? nil : place
    }

    /// The characters of a string: what lies between its quotes, or something else where that has escapes.
    public enum Text {
        case plain
        case escaped([UInt8])
    }

    /// What kind of string lies there; nil if none does.
    public func text(at place: Range<Int>) -> Text? {
        let value = text[text.startIndex + place.lowerBound..<text.startIndex + place.upperBound]
        guard value.first == UInt8(ascii: "\"") else { return nil }
        let hasEscape = value.withUnsafeBufferPointer { $0.contains(UInt8(ascii: "\\")) }
        return hasEscape ? JSONValue(trusted: value).string().map { .escaped($0) } : .plain
    }

    /// Present, even if `null`.
    public func contains(_ name: StaticString) -> Bool { find(name) != nil }

    /// Whether Postgres can hold the member's value; true for an absent one.
    public func isStorable(_ name: StaticString) -> Bool { find(name)?.isStorable ?? true }

    /// How many arrays and objects the member has inside each other.
    public func depth(_ name: StaticString) -> Int { Int(find(name)?.depth ?? 0) }

    /// Bytes of the member's value with its numbers written out, as a row gives it back; 0 for an absent one.
    public func writtenOut(_ name: StaticString) -> Int { find(name).map { $0.value.count + $0.growth } ?? 0 }

    private func find(_ name: StaticString) -> Member? {
        name.withUTF8Buffer { name in
            let tag = Self.tag(name, 0..<name.count)
            var place = tags.count
            while let found = lastPlace(of: tag, before: place) {
                if isKey(found, name) { return members[found] }
                place = found
            }
            return nil
        }
    }

    /// The last member before `place` that may have the tag: any, where keys are written with escapes.
    @inline(__always)
    private func lastPlace(of tag: UInt64, before place: Int) -> Int? {
        var place = place
        while place > 0 {
            place -= 1
            if tags[place] == tag || hasEscapedKeys { return place }
        }
        return nil
    }

    private func isKey(_ place: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let key = Int(members[place].key.lowerBound)..<Int(members[place].key.upperBound)
        return text.withUnsafeBufferPointer {
            JSONText.isInner(UnsafeBufferPointer(rebasing: $0[key]), equalTo: name)
        }
    }

    @inline(__always)
    private static func tag(_ bytes: UnsafeBufferPointer<UInt8>, _ key: Range<Int>) -> UInt64 {
        var tag = UInt64(truncatingIfNeeded: key.count)
        for place in key.suffix(6) { tag = tag << 8 | UInt64(bytes[place]) }
        return tag
    }
}

/// One member of an envelope: its value, whether Postgres can hold it, how many arrays and objects it has inside each
/// other, and how many bytes it takes with its numbers written out, as a row gives it back.
public struct JSONMember {
    public let value: JSONValue
    public let isStorable: Bool
    public let depth: Int
    public let writtenOut: Int
}
