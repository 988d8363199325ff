import JSON
import Testing

struct TextTests {
    /// A string as it is written, and its characters.
    static let decoded: [(String, String)] = [
        (#""""#, ""), (#""plain""#, "plain"), (#""a\"b\\c\/d""#, "a\"b\\c/d"), (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u65E5""#, "Aé日"), (#""\u0000""#, "\u{0}"), (#""\ud834\udd1e""#, "𝄞"),
        (#""\uD83D\uDE80!""#, "🚀!"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""é日𝄞""#, "é日𝄞"),
        (#""\\u0041""#, #"\u0041"#),
        // halves of pairs
        (#""\ud800""#, "\u{FFFD}"), (#""\udc00""#, "\u{FFFD}"), (#""\ud800x""#, "\u{FFFD}x"),
        (#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"), (#""\ud800\ud834\udd1e""#, "\u{FFFD}𝄞"),
        (#""\ud800\u0041""#, "\u{FFFD}A"), (#""\ud800\n""#, "\u{FFFD}\n"), (#""\ud83d\ude00\ude00""#, "😀\u{FFFD}"),
    ]

    @Test(arguments: decoded)
    func `escapes are resolved`(_ text: String, _ characters: String) throws {
        let value = try JSONValue(validating: Array(text.utf8)[...])
        let hasEscape = text.contains("\\")
        #expect(value.string() == Array(characters.utf8))
        #expect(value.plainString.map { Array($0) } == (hasEscape ? nil : Array(characters.utf8)))
        #expect(value.isStorable == (!characters.contains("\u{FFFD}") && !characters.unicodeScalars.contains("\u{0}")))
    }

    @Test func `characters come back from the writer, whatever they are`() throws {
        for text in Self.decoded.map(\.1) + [
            "\u{1F}\u{7F}\u{2028}", "\"", "\\", "a\u{0}b", "long " + String(repeating: "x", count: 99),
        ] {
            for written in [write { $0.string(text) }, write { $0.string(Array(text.utf8)) }] {
                let value = try JSONValue(validating: written[...])
                #expect(value.string() == Array(text.utf8))
            }
        }
    }

    @Test func `the fewest escapes are written`() {
        let text = "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F} \"/\\\u{7F}é\u{2028}🚀"
        let written = String(decoding: write { $0.string(text) }, as: UTF8.self)
        let expected = #""\u0000\u0001\b\t\n\u000b\f\r\u001f \"/\\"# + "\u{7F}é\u{2028}🚀\""
        #expect(written == expected)
    }

    @Test func `bytes that are no UTF-8 are written as replacement characters`() throws {
        for bytes in Grammar.notUTF8 {
            let written = write { $0.string(Array("ab".utf8) + bytes + Array("c".utf8)) }
            let value = try JSONValue(validating: written[...])
            #expect(String(decoding: try #require(value.string()), as: UTF8.self).contains("\u{FFFD}"))
        }
    }

    /// Eight bytes are looked at together: every special byte is seen at every place among them.
    @Test func `a special byte is seen wherever it stands`() {
        let plain = [UInt8](repeating: UInt8(ascii: "~"), count: 24)
        for place in plain.indices {
            for byte in UInt8.min ... .max {
                var text = plain
                text[place] = byte
                let isPlain = (0x20..<0x80).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                let verdict = verdictOfValue([UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")])
                #expect((verdict == nil) == isPlain || place == 23 && byte == UInt8(ascii: "\""), "\(place) \(byte)")
            }
        }
    }

    @Test func `keys are compared by their characters`() throws {
        let text = Array(#"{"a":1,"\u0062":2,"é":3,"\ud834\udd1e":4,"":5,"a\n":6}"#.utf8)
        let value = try JSONValue(validating: text[...])
        var members = JSONMembers()
        try members.scan(text[...])
        #expect(members["a"]?.int == 1 && members["b"]?.int == 2 && members["é"]?.int == 3 && members["𝄞"]?.int == 4)
        #expect(members[""]?.int == 5 && members["a\n"]?.int == 6 && members["c"] == nil && members["aa"] == nil)
        #expect(value.member("a")?.int == 1 && value.member("b")?.int == 2 && value.member("é")?.int == 3)
        #expect(value.member(Array("𝄞".utf8))?.int == 4 && value.member("")?.int == 5 && value.member("c") == nil)
    }

    private func write(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        body(&writer)
        return writer.bytes
    }
}
