/// An error text with everything taken out that differs from case to case: numbers, ids, addresses, paths, quotes.
///
/// One pass over the bytes, from left to right; at each place the first kind that fits wins. What stays are words.
public enum MessagePattern {
    /// Bytes of a text that are looked at, and of a pattern that are kept.
    static let longestText = 2_000
    static let longestPattern = 400

    public static func of(_ text: [UInt8]) -> [UInt8] {
        var scan = PatternScan(Array(text.prefix(longestText)))
        while !scan.isAtEnd { scan.takeNext() }
        return scan.finished(within: longestPattern)
    }
}

/// The pass: where it is, and what it has written.
struct PatternScan {
    let text: [UInt8]
    var position = 0
    private(set) var output: [UInt8] = []

    init(_ text: [UInt8]) { self.text = text }

    var isAtEnd: Bool { position >= text.count }
    var current: UInt8 { text[position] }

    func at(_ offset: Int) -> UInt8 {
        let place = position + offset
        return place >= 0 && place < text.count ? text[place] : 0
    }

    /// Nothing of a word stands directly before.
    var isAtStart: Bool { position == 0 || !Self.isWord(text[position - 1]) }

    mutating func takeNext() {
        if Self.isSpace(current) { return takeSpace() }
        if isAtStart, takeURL() || takeQuote() || takePath() || takeAddress() || takeTime() { return }
        if Self.isWord(current) || (Self.isSign(current) && Self.isDigit(at(1)) && isAtStart) { return takeWord() }
        write([current], 1)
    }

    mutating func replace(_ placeholder: StaticString, _ count: Int) {
        let mark = placeholder.withUTF8Buffer { Array($0) }
        if !endsList(with: mark) { output += mark }
        position += count
    }

    mutating func write(_ bytes: some Sequence<UInt8>, _ count: Int) {
        output += bytes
        position += count
    }

    /// A list of the same placeholder counts as one of it: how long it was says nothing.
    private mutating func endsList(with mark: [UInt8]) -> Bool {
        for separator in [", ", ",", " "] {
            let tail = mark + Array(separator.utf8)
            guard output.count >= tail.count, output.suffix(tail.count).elementsEqual(tail) else { continue }
            output.removeLast(separator.utf8.count)
            return true
        }
        return false
    }

    private mutating func takeSpace() {
        while !isAtEnd, Self.isSpace(current) { position += 1 }
        if !output.isEmpty { output.append(UInt8(ascii: " ")) }
    }

    /// Cut behind a whole character, without spaces around it.
    func finished(within limit: Int) -> [UInt8] {
        var result = output.prefix(limit)
        if output.count > limit {
            while let last = result.last, last & 0xC0 == 0x80 { result.removeLast() }
            if let last = result.last, last >= 0x80 { result.removeLast() }
        }
        while result.last == UInt8(ascii: " ") { result.removeLast() }
        let pattern = Array(result)
        return String(validating: pattern, as: UTF8.self) == nil
            ? Array(String(decoding: pattern, as: UTF8.self).utf8) : pattern
    }
}

extension PatternScan {
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0 }
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte >= 0x80 }
    static func isWord(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }
    static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- 0x61 < 6 }
    static func isSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
}
