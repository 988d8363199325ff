/// Walks over one JSON text by RFC 8259, strictly: grammar, UTF-8 and depth are checked, nothing is decoded.
///
/// Never recursive: a text may nest as deep as it is long.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var position: Int
    /// Turns false at `\u0000`, half a surrogate pair, or a number that Postgres' numeric cannot hold.
    var isStorable = true
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

    /// One value, the position at its first byte; afterwards behind its last.
    mutating func skipValue() throws(JSONError) {
        switch current {
        case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer()
        default: try skipScalar()
        }
    }

    private mutating func skipScalar() throws(JSONError) {
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

    /// A string with its quotes; true if it holds an escape.
    mutating func skipString() throws(JSONError) -> Bool {
        position += 1
        var hasEscape = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return hasEscape
            } else if byte == UInt8(ascii: "\\") {
                hasEscape = true
                try skipEscape()
            } else if byte < 0x20 {
                throw JSONError(.syntax, at: position)
            } else if byte < 0x80 {
                position += 1
            } else {
                try skipCharacter()
            }
        }
        throw JSONError(.syntax, at: position)
    }

    private mutating func skipEscape() throws(JSONError) {
        position += 1
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"): try skipUnicodeEscape()
        default: throw JSONError(.syntax, at: position)
        }
    }

    private mutating func skipUnicodeEscape() throws(JSONError) {
        guard let unit = hexUnit(at: position + 1) else { throw JSONError(.syntax, at: position) }
        position += 5
        if unit == 0 { isStorable = false }
        guard (0xD800...0xDFFF).contains(unit) else { return }
        let isHigh = unit < 0xDC00
        guard isHigh, current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u"),
            let low = hexUnit(at: position + 2), (0xDC00...0xDFFF).contains(low)
        else { return isStorable = false }
        position += 6
    }

    func hexUnit(at start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        var unit: UInt32 = 0
        for index in start..<start + 4 {
            let byte = bytes[index]
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return unit
    }

    /// One character of more than one byte: no overlong form, no surrogate, nothing above U+10FFFF.
    private mutating func skipCharacter() throws(JSONError) {
        let first = bytes[position]
        let (length, low, high): (Int, UInt8, UInt8)
        switch first {
        case 0xC2...0xDF: (length, low, high) = (2, 0x80, 0xBF)
        case 0xE0: (length, low, high) = (3, 0xA0, 0xBF)
        case 0xED: (length, low, high) = (3, 0x80, 0x9F)
        case 0xE1...0xEF: (length, low, high) = (3, 0x80, 0xBF)
        case 0xF0: (length, low, high) = (4, 0x90, 0xBF)
        case 0xF1...0xF3: (length, low, high) = (4, 0x80, 0xBF)
        case 0xF4: (length, low, high) = (4, 0x80, 0x8F)
        default: throw JSONError(.utf8, at: position)
        }
        guard position + length <= bytes.count, (low...high).contains(bytes[position + 1]) else {
            throw JSONError(.utf8, at: position)
        }
        for index in 2..<max(length, 2) where bytes[position + index] & 0xC0 != 0x80 {
            throw JSONError(.utf8, at: position)
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
        if current | 0x20 == UInt8(ascii: "e") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
            checkRange(from: start)
        } else if position - start > 1_000 {
            checkRange(from: start)
        }
    }

    @inline(__always) private mutating func skipDigits() throws(JSONError) {
        let start = position
        while position < bytes.count, bytes[position] &- 0x30 < 10 { position += 1 }
        if position == start { throw JSONError(.syntax, at: position) }
    }

    private mutating func checkRange(from start: Int) {
        let number = JSONNumber(UnsafeBufferPointer(rebasing: bytes[start..<position]))
        if !number.fitsNumeric { isStorable = false }
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
