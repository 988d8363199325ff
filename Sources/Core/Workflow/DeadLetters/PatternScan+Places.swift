/// URLs, quotes, paths, addresses and times: each looks at what stands here and takes it, or leaves it.
extension PatternScan {
    /// `scheme://…` up to a space, a quote or a bracket.
    mutating func takeURL() -> Bool {
        var length = 0
        while Self.isWord(at(length)) || at(length) == UInt8(ascii: "+") || at(length) == UInt8(ascii: ".") {
            length += 1
        }
        guard length > 0, Self.isLetter(current), at(length) == UInt8(ascii: ":"), at(length + 1) == UInt8(ascii: "/"),
            at(length + 2) == UInt8(ascii: "/")
        else { return false }
        replace("<url>", trimmed(extent(from: length + 3, until: Self.endsPlace)))
        return true
    }

    /// `'…'`, `"…"` and `` `…` `` on one line; an apostrophe within a word is none.
    mutating func takeQuote() -> Bool {
        guard [UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`")].contains(current) else { return false }
        var length = 1
        while position + length < text.count, at(length) != UInt8(ascii: "\n") {
            if at(length) == UInt8(ascii: "\\") {
                length += 2
                continue
            }
            let isClosing = at(length) == current && (current != UInt8(ascii: "'") || !Self.isWord(at(length + 1)))
            if isClosing {
                replace("<text>", length + 1)
                return true
            }
            length += 1
        }
        return false
    }

    /// `/a/b`, `./a`, `../a`, `~/a` and `C:\a`.
    mutating func takePath() -> Bool {
        var length = 0
        if Self.isLetter(current), at(1) == UInt8(ascii: ":"), at(2) == UInt8(ascii: "\\") {
            length = 3
        } else {
            while at(length) == UInt8(ascii: ".") || at(length) == UInt8(ascii: "~") { length += 1 }
            guard length <= 2, at(length) == UInt8(ascii: "/"), Self.isPathByte(at(length + 1)) else { return false }
            length += 1
        }
        replace("<path>", trimmed(extent(from: length, until: Self.endsPlace)))
        return true
    }

    /// Four numbers with dots, with a port or without.
    mutating func takeAddress() -> Bool {
        var length = 0
        for part in 0..<4 {
            if part > 0 {
                guard at(length) == UInt8(ascii: ".") else { return false }
                length += 1
            }
            let start = length
            while Self.isDigit(at(length)) { length += 1 }
            guard (1...3).contains(length - start) else { return false }
        }
        guard !Self.isWord(at(length)) else { return false }
        if at(length) == UInt8(ascii: ":"), Self.isDigit(at(length + 1)) {
            length += 1
            while Self.isDigit(at(length)) { length += 1 }
        }
        replace("<address>", length)
        return true
    }

    /// `2026-11-21`, with a time of day and zone or without, and `14:05:09.123`.
    mutating func takeTime() -> Bool {
        let date = shape("dddd-dd-dd", at: 0)
        var length = date ? 10 : 0
        let separator = at(length) | 0x20
        if date, separator == UInt8(ascii: "t") || separator == UInt8(ascii: " "), shape("dd:dd", at: length + 1) {
            length += 1
        }
        if shape("dd:dd:dd", at: length) {
            length += 8
        } else if length > 10, shape("dd:dd", at: length) {
            length += 5
        } else if !date {
            return false
        }
        if [UInt8(ascii: "."), UInt8(ascii: ",")].contains(at(length)), Self.isDigit(at(length + 1)) {
            length += 1
            while Self.isDigit(at(length)) { length += 1 }
        }
        if at(length) | 0x20 == UInt8(ascii: "z") {
            length += 1
        } else if Self.isSign(at(length)), shape("dd:dd", at: length + 1) {
            length += 6
        }
        replace("<time>", length)
        return true
    }

    /// `d` stands for a digit, anything else for itself.
    private func shape(_ shape: StaticString, at offset: Int) -> Bool {
        shape.withUTF8Buffer { shape in
            shape.indices.allSatisfy { index in
                shape[index] == UInt8(ascii: "d")
                    ? Self.isDigit(at(offset + index)) : at(offset + index) == shape[index]
            }
        }
    }

    private func extent(from length: Int, until ends: (UInt8) -> Bool) -> Int {
        var length = length
        while position + length < text.count, !ends(at(length)) { length += 1 }
        return length
    }

    /// Without the punctuation of the sentence it stands in.
    private func trimmed(_ length: Int) -> Int {
        let marks = Array(".,:;!?".utf8)
        var length = length
        while length > 1, marks.contains(at(length - 1)) { length -= 1 }
        return length
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        isWord(byte) || [UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "~")].contains(byte)
    }

    private static func endsPlace(_ byte: UInt8) -> Bool {
        isSpace(byte) || Array("'\"`<>()[]{}|,;".utf8).contains(byte)
    }
}
