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
        if kind == .number, let plainInt { return Double(plainInt) }
        guard kind == .number, let value = Double(String(decoding: bytes, as: UTF8.self)) else { return nil }
        return value.isFinite ? value : nil
    }

    /// Fits a `jsonb` column: no `\u0000`, no half of a surrogate pair, numbers of at most 400 digits on either
    /// side of the point.
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
        return inner.withUnsafeBufferPointer { Self.hasEscape($0) } ? nil : inner
    }

    private static func hasEscape(_ inner: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = JSONScanner(inner)
        scanner.skipPlain()
        return inner[scanner.position...].contains(UInt8(ascii: "\\"))
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
