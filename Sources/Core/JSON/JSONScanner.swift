/// Walks over one JSON text by RFC 8259, strictly: grammar, UTF-8 and depth are checked, nothing is decoded.
///
/// Never recursive: a text may nest as deep as it is long.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var position: Int
    /// Turns false at `\u0000`, half a surrogate pair, or a number with too many digits to be stored.
    var isStorable = true
    /// By how many bytes the text grows when its numbers are written out without powers of ten.
    var growth = 0
    /// The most arrays and objects inside each other so far.
    var deepest = 0
    let maxDepth: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int = 0, maxDepth: Int = JSONLimits.standard.maxDepth) {
        self.bytes = bytes
        self.position = position
        self.maxDepth = maxDepth
    }

    var isAtEnd: Bool { position >= bytes.count }
    /// The byte at the position; 0 at the end, which no token begins with.
    @inline(__always) var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    @inline(__always) mutating func skipSpace() {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    /// White space, commas and colons: for texts that were checked before.
    mutating func skipSeparators() {
        repeat { skipSpace() } while skip(UInt8(ascii: ",")) || skip(UInt8(ascii: ":"))
    }

    @inline(__always) mutating func skip(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    /// One value, the position at its first byte; afterwards behind its last.
    mutating func skipValue() throws(JSONError) {
        switch current {
        case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer()
        default: try skipScalar()
        }
    }

    /// A string, number or word, the position at its first byte.
    mutating func skipScalar() throws(JSONError) {
        switch current {
        case UInt8(ascii: "\""): _ = try skipString()
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        default: try skipNumber()
        }
    }

    /// An array or object with all that is in it: a loop, so that no depth exhausts the stack.
    private mutating func skipContainer() throws(JSONError) {
        var open = OpenContainers()
        try enter(&open)
        while !open.isEmpty {
            let closing = open.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
            if open.isFresh {
                skipSpace()
                open.isFresh = false
                if current == closing {
                    leave(&open)
                    continue
                }
            } else if try !skipComma(closing: closing) {
                open.pop()
                continue
            }
            if open.isObject { try skipKey() }
            if current == UInt8(ascii: "{") || current == UInt8(ascii: "[") {
                try enter(&open)
            } else {
                try skipScalar()
            }
        }
    }

    private mutating func enter(_ open: inout OpenContainers) throws(JSONError) {
        open.push(isObject: current == UInt8(ascii: "{"))
        deepest = max(deepest, open.count)
        guard open.count <= maxDepth else { throw JSONError(.depth, at: position) }
        position += 1
    }

    private mutating func leave(_ open: inout OpenContainers) {
        position += 1
        open.pop()
    }

    private mutating func skipKey() throws(JSONError) {
        guard current == UInt8(ascii: "\"") else { throw JSONError(.syntax, at: position) }
        _ = try skipString()
        try skipColon()
    }

    @inline(__always) mutating func skipColon() throws(JSONError) {
        skipSpace()
        guard current == UInt8(ascii: ":") else { throw JSONError(.syntax, at: position) }
        position += 1
        skipSpace()
    }

    /// True behind a comma, with another member to come; false behind the closing byte.
    @inline(__always) mutating func skipComma(closing: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        let byte = current
        guard byte == UInt8(ascii: ",") || byte == closing else { throw JSONError(.syntax, at: position) }
        position += 1
        if byte == closing { return false }
        skipSpace()
        return true
    }

    private mutating func skipWord(_ word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        guard position + length <= bytes.count else { throw JSONError(.syntax, at: position) }
        for index in 0..<length where bytes[position + index] != word.utf8Start[index] {
            throw JSONError(.syntax, at: position + index)
        }
        position += length
    }

    private mutating func skipNumber() throws(JSONError) {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits()
        }
        if current == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        let isPower = current | 0x20 == UInt8(ascii: "e")
        if isPower {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
        if isPower || position - start > JSONNumber.storedDigits { measure(from: start) }
    }

    @inline(__always) private mutating func skipDigits() throws(JSONError) {
        let start = position
        while position < bytes.count, bytes[position] &- 0x30 < 10 { position += 1 }
        if position == start { throw JSONError(.syntax, at: position) }
    }

    private mutating func measure(from start: Int) {
        let number = JSONNumber(UnsafeBufferPointer(rebasing: bytes[start..<position]), keepsDigits: false)
        guard number.isStorable else {
            isStorable = false
            return
        }
        growth += max(0, number.writtenOut - (position - start))
    }
}

/// Which arrays and objects are open, one bit each: the innermost 64 in a word, the others behind it.
private struct OpenContainers {
    private(set) var count = 0
    /// Nothing of the innermost one was read yet.
    var isFresh = false
    private var bits: UInt64 = 0
    private var older: [UInt64] = []

    var isEmpty: Bool { count == 0 }
    var isObject: Bool { bits & 1 == 1 }

    mutating func push(isObject: Bool) {
        if count > 0, count % 64 == 0 {
            older.append(bits)
            bits = 0
        }
        bits = bits << 1 | (isObject ? 1 : 0)
        count += 1
        isFresh = true
    }

    mutating func pop() {
        count -= 1
        bits >>= 1
        isFresh = false
        if count > 0, count % 64 == 0, let word = older.popLast() { bits = word }
    }
}
