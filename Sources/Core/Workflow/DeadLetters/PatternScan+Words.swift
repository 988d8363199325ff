/// Words, numbers and ids.
extension PatternScan {
    /// A word with what holds it together: letters, digits, `_` and `-` between them, `@` and dots in an address.
    mutating func takeWord() {
        if takeHexadecimal() || takeUUID() || takeMail() { return }
        if Self.isSign(current) || Self.isDigit(current), takeNumber() { return }
        if Self.isSign(current) { return write([current], 1) }
        takeParts()
    }

    /// `0x1f`, and eight or more hexadecimal digits that are not all letters.
    private mutating func takeHexadecimal() -> Bool {
        let isMarked = current == UInt8(ascii: "0") && at(1) | 0x20 == UInt8(ascii: "x") && Self.isHex(at(2))
        var length = isMarked ? 2 : 0
        var (digits, letters) = (0, 0)
        while Self.isHex(at(length)) {
            if Self.isDigit(at(length)) { digits += 1 } else { letters += 1 }
            length += 1
        }
        guard !Self.isWord(at(length)) else { return false }
        guard isMarked || (digits + letters >= 8 && digits > 0 && letters > 0) else { return false }
        guard isMarked || at(length) != UInt8(ascii: "-") || !Self.isHex(at(length + 1)) else { return false }
        replace("<hex>", length)
        return true
    }

    private mutating func takeUUID() -> Bool {
        var length = 0
        for (number, count) in [8, 4, 4, 4, 12].enumerated() {
            if number > 0 {
                guard at(length) == UInt8(ascii: "-") else { return false }
                length += 1
            }
            for _ in 0..<count {
                guard Self.isHex(at(length)) else { return false }
                length += 1
            }
        }
        guard !Self.isWord(at(length)) else { return false }
        replace("<id>", length)
        return true
    }

    private mutating func takeMail() -> Bool {
        var length = wordLength(joinedBy: "_-.+")
        guard at(length) == UInt8(ascii: "@"), Self.isWord(at(length + 1)) else { return false }
        length += 1
        while Self.isWord(at(length)) || (".-".utf8.contains(at(length)) && Self.isWord(at(length + 1))) { length += 1 }
        replace("<mail>", length)
        return true
    }

    /// `-1.5e3`, `1,234,567`, `12`; with a unit of up to three letters behind it, which stays.
    private mutating func takeNumber() -> Bool {
        var length = Self.isSign(current) ? 1 : 0
        guard Self.isDigit(at(length)) else { return false }
        while Self.isDigit(at(length)) || (".,".utf8.contains(at(length)) && Self.isDigit(at(length + 1))) {
            length += 1
        }
        if at(length) | 0x20 == UInt8(ascii: "e") {
            let sign = Self.isSign(at(length + 1)) ? 1 : 0
            var exponent = length + 1 + sign
            while Self.isDigit(at(exponent)) { exponent += 1 }
            if exponent > length + 1 + sign, !Self.isWord(at(exponent)) { length = exponent }
        }
        var unit = 0
        while Self.isLetter(at(length + unit)) { unit += 1 }
        let end = at(length + unit)
        guard unit <= 3, !Self.isDigit(end), !isJoined(length + unit) else { return false }
        replace("<n>", length)
        write(text[position..<position + unit], unit)
        return true
    }

    /// Each part between `_` and `-` by itself: `order_12` is `order_<n>`, `worker-7f9c4d2b` is `worker-<id>`.
    private mutating func takeParts() {
        while true {
            let length = wordLength(joinedBy: "")
            takePart(length)
            guard !isAtEnd, "_-".utf8.contains(current), Self.isWord(at(1)) else { return }
            write([current], 1)
        }
    }

    private mutating func takePart(_ length: Int) {
        let part = text[position..<position + length]
        let head = part.prefix { !Self.isDigit($0) }
        let rest = part.dropFirst(head.count)
        let digits = rest.prefix { Self.isDigit($0) }
        let tail = rest.dropFirst(digits.count)
        if rest.isEmpty { return write(part, length) }
        if tail.isEmpty {
            write(head, head.count)
            return replace("<n>", digits.count)
        }
        if head.isEmpty, tail.count <= 3, !tail.contains(where: Self.isDigit) {
            replace("<n>", digits.count)
            return write(tail, tail.count)
        }
        replace("<id>", length)
    }

    private func isJoined(_ offset: Int) -> Bool { "_-".utf8.contains(at(offset)) && Self.isWord(at(offset + 1)) }

    private func wordLength(joinedBy joints: StaticString) -> Int {
        joints.withUTF8Buffer { joints in
            var length = 0
            while Self.isWord(at(length)) || (length > 0 && joints.contains(at(length)) && Self.isWord(at(length + 1)))
            {
                length += 1
            }
            return length
        }
    }
}
