/// Walks over text that was checked before: finds where values end and looks at nothing else.
///
/// With other text the answers make no sense, but it never leaves the text, and always comes to its end.
struct JSONSkipper {
    let bytes: UnsafeBufferPointer<UInt8>
    var position: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    @inline(__always) private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    @inline(__always) private mutating func skipSpace() {
        while current == 0x20 || current == 0x0A || current == 0x0D || current == 0x09 { position += 1 }
    }

    /// The next member of an object whose brace, or last member, lies behind; nil at its end.
    mutating func nextMember() -> (key: Range<Int>, value: Range<Int>)? {
        skipSeparator()
        guard current == UInt8(ascii: "\"") else { return nil }
        let start = position
        skipString()
        let key = start..<position
        skipSpace()
        position = min(position + 1, bytes.count)
        skipSpace()
        return (key, skippedValue())
    }

    /// The next element of an array whose bracket, or last element, lies behind; nil at its end.
    mutating func nextElement() -> Range<Int>? {
        skipSeparator()
        guard position < bytes.count, current != UInt8(ascii: "]") else { return nil }
        let value = skippedValue()
        return value.isEmpty ? nil : value
    }

    private mutating func skipSeparator() {
        skipSpace()
        guard current == UInt8(ascii: ",") else { return }
        position += 1
        skipSpace()
    }

    private mutating func skippedValue() -> Range<Int> {
        let start = position
        switch current {
        case UInt8(ascii: "\""): skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
        default: skipScalar()
        }
        return start..<position
    }

    private mutating func skipString() {
        position += 1
        while position < bytes.count {
            var scanner = JSONScanner(bytes, at: position)
            scanner.skipPlain()
            position = scanner.position
            guard position < bytes.count else { return }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\") { position = min(position + 1, bytes.count) }
        }
    }

    private mutating func skipScalar() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x0A, 0x0D, 0x09: return
            default: position += 1
            }
        }
    }

    private mutating func skipContainer() {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return }
        }
    }
}
