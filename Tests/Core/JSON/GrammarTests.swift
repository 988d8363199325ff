import JSON
import Testing

struct GrammarTests {
    @Test(arguments: Grammar.accepted)
    func `what RFC 8259 allows is taken`(_ text: String) throws {
        let value = try JSONValue(validating: Array(text.utf8)[...])
        let trimmed = text.drop { " \t\r\n".contains($0) }
        #expect(trimmed.utf8.starts(with: value.bytes))
        #expect(verdictOfMembers(text) == (value.kind == .object ? nil : .notAnObject))
    }

    @Test(arguments: Grammar.refused)
    func `what RFC 8259 forbids is refused`(_ text: String) {
        let verdict = verdictOfValue(Array(text.utf8))
        let isBlank = text.utf8.allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        #expect(verdict == (isBlank ? .empty : .syntax))
        #expect(verdictOfMembers(text) == verdict)
    }

    @Test(arguments: Grammar.takenByChoice)
    func `what RFC 8259 leaves open is taken`(_ text: String) {
        #expect(verdictOfValue(Array(text.utf8)) == nil)
    }

    @Test(arguments: Grammar.notUTF8)
    func `bytes that are no UTF-8 are refused wherever they stand`(_ bytes: [UInt8]) {
        let quote = [UInt8(ascii: "\"")]
        let plain = Array("plain text".utf8)
        for before in 0..<plain.count {
            let text = quote + plain.prefix(before) + bytes + plain.dropFirst(before) + quote
            #expect(verdictOfValue(text) == .utf8)
        }
        #expect(verdictOfValue(quote + bytes) == .utf8)
        #expect(verdictOfValue(bytes) == .syntax)
        #expect(verdictOfValue(Array(#"{"a"#.utf8) + bytes + Array(#"":1}"#.utf8)) == .utf8)
    }

    @Test func `each character of Unicode is taken and comes back`() throws {
        for value in stride(from: UInt32(0x20), through: 0x10FFFF, by: 1) where value < 0x3000 || value % 251 == 0 {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            let text = Array("\"\(scalar)\"".utf8)
            #expect(try JSONValue(validating: text[...]).string() == Array(String(scalar).utf8))
        }
    }

    @Test func `other encodings are refused`() {
        #expect(verdictOfValue([0xEF, 0xBB, 0xBF, 0x7B, 0x7D]) == .syntax)
        #expect(verdictOfValue([0xFF, 0xFE, 0x5B, 0, 0x5D, 0]) == .syntax)
        #expect(verdictOfValue([0, 0x5B, 0, 0x5D]) == .syntax)
        #expect(verdictOfValue([0x5B, 0, 0x5D, 0]) == .syntax)
    }

    @Test func `every part of a text that ends too early is refused`() throws {
        let text = Array(#"{"a":[1.5e+3,true,null,"é\u00e9\ud83d\ude00"],"b":{"c":false}}"#.utf8)
        for length in 0..<text.count { #expect(verdictOfValue(Array(text[..<length])) != nil) }
        #expect(verdictOfValue(text) == nil)
    }

    @Test func `an error says where, counted from the slice's own start`() {
        let cases: [(String, JSONError)] = [
            ("", JSONError(.empty, at: 0)), ("[1,]", JSONError(.syntax, at: 3)), ("[tru]", JSONError(.syntax, at: 4)),
            (#"{"a" 1}"#, JSONError(.syntax, at: 5)), ("[1] x", JSONError(.syntax, at: 4)),
            ("\"abcdefghij\n\"", JSONError(.syntax, at: 11)),
        ]
        for (text, error) in cases {
            let padded = Array("#####\(text)".utf8)
            #expect(throws: error) { try JSONValue(validating: padded[5...]) }
            var members = JSONMembers()
            #expect(throws: error) { try members.scan(padded[5...]) }
        }
    }

    @Test func `every error is a sentence`() {
        for code in JSONError.Code.allCases { #expect(!JSONError(code, at: 7).description.isEmpty) }
        #expect(JSONError(.depth, at: 7).description == "nested too deep at byte 7")
        let text = Array("{\n \"ä\": x}".utf8)[...]
        let error = #expect(throws: JSONError.self) { try JSONValue(validating: text) }
        #expect(error?.description(in: text) == "syntax error at line 2, column 7")
    }

    @Test func `a text of more bytes than allowed is refused before it is read`() throws {
        let limits = JSONLimits(maxBytes: 10)
        #expect(try JSONValue(validating: Array("[1,2,3,45]".utf8)[...], limits: limits).kind == .array)
        let larger = Array("[1,2,3,456]".utf8)[...]
        #expect(throws: JSONError(.size, at: 10)) { try JSONValue(validating: larger, limits: limits) }
        var members = JSONMembers()
        #expect(throws: JSONError(.size, at: 10)) { try members.scan(larger, limits: limits) }
    }

    private func verdictOfMembers(_ text: String) -> JSONError.Code? {
        var members = JSONMembers()
        do { try members.scan(Array(text.utf8)[...]) } catch { return error.code }
        return nil
    }
}

/// What is wrong with a text; nil if nothing is.
func verdictOfValue(_ bytes: [UInt8]) -> JSONError.Code? {
    do { _ = try JSONValue(validating: bytes[...]) } catch { return error.code }
    return nil
}
