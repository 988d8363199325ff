/// A validated value: a slice of somebody's bytes, nothing decoded yet, nothing copied.
public struct JSONValue: Sendable {
    /// The value's text without white space around it.
    public let bytes: Bytes

    /// Checks the text by RFC 8259, with depth, size and UTF-8.
    public init(validating bytes: Bytes, limits: JSONLimits = .standard) throws(JSONError) {
        (self.bytes, _) = try Self.scan(bytes, limits)
    }

    /// A text that was checked before: out of a row, or written by us.
    public init(trusted bytes: Bytes) { self.bytes = bytes }

    private static func scan(_ bytes: Bytes, _ limits: JSONLimits) throws(JSONError) -> (Bytes, Bool) {
        guard bytes.count <= limits.maxBytes else { throw JSONError(.size, at: limits.maxBytes) }
        let outcome = bytes.withUnsafeBufferPointer { buffer -> Result<(Range<Int>, Bool), JSONError> in
            do throws(JSONError) {
                var scanner = JSONScanner(buffer, maxDepth: limits.maxDepth)
                scanner.skipSpace()
                guard !scanner.isAtEnd else { throw JSONError(.empty, at: 0) }
                let start = scanner.position
                try scanner.skipValue()
                let end = scanner.position
                try JSONMembers.skipRest(&scanner)
                return .success((start..<end, scanner.isStorable))
            } catch {
                return .failure(error)
            }
        }
        let (range, isStorable) = try outcome.get()
        let start = bytes.startIndex
        return (bytes[start + range.lowerBound..<start + range.upperBound], isStorable)
    }

    public var kind: JSONKind {
        switch bytes.first {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"), nil: .null
        default: .number
        }
    }

    public var isNull: Bool { kind == .null }
    public var bool: Bool? { kind == .bool ? bytes.first == UInt8(ascii: "t") : nil }
    /// A whole number, however it is written (`3`, `3.0`, `3e0`), if it fits.
    public var int: Int? {
        guard kind == .number else { return nil }
        return plainInt ?? JSONNumber(bytes).int
    }

    private var plainInt: Int? {
        guard bytes.count <= 18 else { return nil }
        var value = 0
        for byte in bytes {
            guard byte &- 0x30 < 10 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    /// The nearest finite number; nil for one that is too large.
    public var double: Double? {
        guard kind == .number, let value = Double(String(decoding: bytes, as: UTF8.self)) else { return nil }
        return value.isFinite ? value : nil
    }

    /// Fits a `jsonb` column: no `\u0000`, no half of a surrogate pair, numbers within numeric's range.
    public var isStorable: Bool { (try? Self.scan(bytes, JSONLimits(maxDepth: 1_000, maxBytes: .max)))?.1 ?? false }

    /// How many arrays and objects it has inside each other.
    public var depth: Int {
        bytes.withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(buffer, maxDepth: .max)
            try? scanner.skipValue()
            return scanner.deepest
        }
    }

    /// The characters of a string without escapes, not copied.
    public var plainString: Bytes? {
        guard kind == .string else { return nil }
        let inner = bytes.dropFirst().dropLast()
        return inner.contains(UInt8(ascii: "\\")) ? nil : inner
    }

    /// The characters of a string, escapes resolved; half a surrogate pair becomes U+FFFD.
    public func string() -> [UInt8]? {
        guard kind == .string else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        JSONText.decode(bytes.dropFirst().dropLast(), to: &text)
        return text
    }
}

extension JSONValue {
    public func forEachMember(_ body: (_ key: JSONValue, _ value: JSONValue) throws -> Void) rethrows {
        guard kind == .object else { return }
        var cursor = JSONCursor(bytes)
        while let (key, value) = cursor.nextMember() { try body(key, value) }
    }

    public func forEachElement(_ body: (_ element: JSONValue) throws -> Void) rethrows {
        guard kind == .array else { return }
        var cursor = JSONCursor(bytes)
        while let element = cursor.nextElement() { try body(element) }
    }

    /// An object's member; the last of several with the same name.
    public func member(_ name: some Collection<UInt8>) -> JSONValue? {
        var found: JSONValue?
        forEachMember { key, value in
            let isSame = key.plainString.map { $0.elementsEqual(name) } ?? key.string()?.elementsEqual(name)
            if isSame ?? false { found = value }
        }
        return found
    }

    public func member(_ name: StaticString) -> JSONValue? {
        name.withUTF8Buffer { member($0) }
    }

    public func element(_ index: Int) -> JSONValue? {
        guard kind == .array, index >= 0 else { return nil }
        var cursor = JSONCursor(bytes)
        for _ in 0..<index { guard cursor.nextElement() != nil else { return nil } }
        return cursor.nextElement()
    }
}

/// Steps through the parts of one validated array or object.
struct JSONCursor {
    private let bytes: Bytes
    private var position = 1

    init(_ bytes: Bytes) { self.bytes = bytes }

    mutating func nextMember() -> (JSONValue, JSONValue)? {
        guard let key = next() else { return nil }
        guard let value = next() else { return nil }
        return (key, value)
    }

    mutating func nextElement() -> JSONValue? { next() }

    /// The next value, whatever separates it from the one before.
    private mutating func next() -> JSONValue? {
        let range = bytes.withUnsafeBufferPointer { buffer -> Range<Int>? in
            var scanner = JSONScanner(buffer, at: position, maxDepth: .max)
            scanner.skipSpace()
            if scanner.current == UInt8(ascii: ",") || scanner.current == UInt8(ascii: ":") { scanner.position += 1 }
            scanner.skipSpace()
            guard scanner.current != UInt8(ascii: "}"), scanner.current != UInt8(ascii: "]") else { return nil }
            let start = scanner.position
            guard (try? scanner.skipValue()) != nil else { return nil }
            return start..<scanner.position
        }
        guard let range else { return nil }
        position = range.upperBound
        return JSONValue(trusted: bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound])
    }
}
