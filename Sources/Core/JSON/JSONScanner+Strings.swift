/// Strings: their bytes are checked, eight at a time where they are plain.
extension JSONScanner {
    /// A string with its quotes; true if it holds an escape.
    mutating func skipString() throws(JSONError) -> Bool {
        position += 1
        var hasEscape = false
        while true {
            skipPlain()
            guard position < bytes.count else { throw JSONError(.syntax, at: position) }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return hasEscape
            } else if byte == UInt8(ascii: "\\") {
                hasEscape = true
                try skipEscape()
            } else if byte < 0x20 {
                throw JSONError(.syntax, at: position)
            } else {
                repeat { try skipCharacter() } while current >= 0x80
            }
        }
    }

    /// ASCII that stands for itself.
    @inline(__always) mutating func skipPlain() {
        guard let start = UnsafeRawPointer(bytes.baseAddress) else { return }
        while position + 8 <= bytes.count {
            let special = Self.special(start.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian)
            position += special.trailingZeroBitCount >> 3
            if special != 0 { return }
        }
        while position < bytes.count, Self.isPlain(bytes[position]) { position += 1 }
    }

    @inline(__always) static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Eight bytes at once: the lowest bit set is the top bit of the first byte that is not plain; 0 if all are.
    ///
    /// `(x - 1) & ~x` has its top bit set where a byte is zero. A borrow can only disturb bytes above the first such
    /// one.
    @inline(__always) static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let found =
            ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word) | word
        return found & (ones &* 0x80)
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
        guard isHigh, current == UInt8(ascii: "\\"), position + 1 < bytes.count,
            bytes[position + 1] == UInt8(ascii: "u"),
            let low = hexUnit(at: position + 2), (0xDC00...0xDFFF).contains(low)
        else {
            isStorable = false
            return
        }
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
}
