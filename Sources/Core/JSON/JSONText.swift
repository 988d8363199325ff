/// Characters in JSON strings: escapes resolved and written.
enum JSONText {
    /// - `inner`: the text between the quotes, validated.
    static func decode(_ inner: Bytes, to text: inout [UInt8]) {
        inner.withUnsafeBufferPointer { decode($0, to: &text) }
    }

    static func decode(_ inner: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
        let scanner = JSONScanner(inner)
        var index = 0
        while index < inner.count {
            let plain = inner[index...].prefix { $0 != UInt8(ascii: "\\") }
            text.append(contentsOf: plain)
            index = plain.endIndex
            guard index + 1 < inner.count else { return }
            index = decodeEscape(inner, index + 1, scanner, &text)
        }
    }

    /// Whether a string's inner text has these characters, however it is written.
    static func isInner(_ inner: UnsafeBufferPointer<UInt8>, equalTo name: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < inner.count, inner[index] != UInt8(ascii: "\\") {
            guard index < name.count, inner[index] == name[index] else { return false }
            index += 1
        }
        if index == inner.count { return index == name.count }
        var text: [UInt8] = []
        decode(inner, to: &text)
        return text.elementsEqual(name)
    }

    /// The position is behind the backslash; answers the position behind the escape.
    private static func decodeEscape(
        _ buffer: UnsafeBufferPointer<UInt8>, _ index: Int, _ scanner: JSONScanner, _ text: inout [UInt8]
    ) -> Int {
        switch buffer[index] {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard let unit = scanner.hexUnit(at: index + 1) else { return index + 1 }
            return decodeUnit(unit, buffer, index + 5, scanner, &text)
        default: text.append(buffer[index])
        }
        return index + 1
    }

    private static func decodeUnit(
        _ unit: UInt32, _ buffer: UnsafeBufferPointer<UInt8>, _ index: Int, _ scanner: JSONScanner,
        _ text: inout [UInt8]
    ) -> Int {
        if (0xD800...0xDBFF).contains(unit), index + 1 < buffer.count, buffer[index] == UInt8(ascii: "\\"),
            buffer[index + 1] == UInt8(ascii: "u"), let low = scanner.hexUnit(at: index + 2),
            (0xDC00...0xDFFF).contains(low)
        {
            append(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), to: &text)
            return index + 6
        }
        append(unit, to: &text)
        return index
    }

    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        let character = Unicode.Scalar(scalar) ?? "\u{FFFD}"
        text.append(contentsOf: UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
    }

    /// Writes a string with quotes and the fewest escapes. Bytes that are no UTF-8 become U+FFFD.
    static func append(_ utf8: some Collection<UInt8>, to bytes: inout [UInt8]) {
        let isDone: Void? = utf8.withContiguousStorageIfAvailable { append($0, to: &bytes) }
        if isDone == nil { Array(utf8).withUnsafeBufferPointer { append($0, to: &bytes) } }
    }

    static func append(_ utf8: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        appendInner(utf8, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Ids, and nearly all other texts, need no escape: they are copied as one piece.
    static func appendInner(_ utf8: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        var scanner = JSONScanner(utf8)
        scanner.skipPlain()
        if scanner.isAtEnd { return bytes.append(contentsOf: utf8) }
        let start = bytes.count
        var isASCII = true
        for byte in utf8 {
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                appendEscape(byte, to: &bytes)
            } else {
                if byte >= 0x80 { isASCII = false }
                bytes.append(byte)
            }
        }
        if !isASCII { repair(from: start, &bytes) }
    }

    private static func repair(from start: Int, _ bytes: inout [UInt8]) {
        guard String(validating: bytes[start...], as: UTF8.self) == nil else { return }
        let repaired = Array(String(decoding: bytes[start...], as: UTF8.self).utf8)
        bytes.replaceSubrange(start..., with: repaired)
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            let digits: StaticString = "0123456789abcdef"
            bytes += [UInt8(ascii: "u"), 0x30, 0x30]
            bytes += [digits.utf8Start[Int(byte >> 4)], digits.utf8Start[Int(byte & 15)]]
        }
    }
}
