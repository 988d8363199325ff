import JSON
import TestSupport
import Testing

struct CanonicalTests {
    @Test(arguments: [
        ("null", "null"), (" true ", "true"), (#""plain""#, #""plain""#),
        (#""\u0041\/\u000a\u001f""#, #""A/\n\u001f""#),
        (#""\ud834\udd1e\u00e9""#, #""𝄞é""#), ("[ ]", "[]"), ("{ }", "{}"), ("[1, [ ], {}, [[2]]]", "[1,[],{},[[2]]]"),
        // keys
        (#"{"b":1,"a":2}"#, #"{"a":2,"b":1}"#), (#"{"a":1,"a":2}"#, #"{"a":2}"#), (#"{"a":1,"\u0061":2}"#, #"{"a":2}"#),
        (#"{"aa":1,"b":2,"a":3,"":4}"#, #"{"":4,"a":3,"aa":1,"b":2}"#), (#"{"é":1,"z":2}"#, #"{"z":2,"é":1}"#),
        (#"{"x":{"b":[{"d":1,"c":2}],"a":0},"x":{"z":[3],"y":{}}}"#, #"{"x":{"y":{},"z":[3]}}"#),
        (#"[{"b":{"d":1,"c":2},"a":3},{"a":1}]"#, #"[{"a":3,"b":{"c":2,"d":1}},{"a":1}]"#),
        // numbers
        ("0", "0"), ("-0", "0"), ("-0.0", "0"), ("0e5", "0"), ("1.0", "1"), ("1.50", "1.5"), ("1e2", "100"),
        ("-1E+2", "-100"),
        ("10e-1", "1"), ("0.001", "0.001"), ("1e-3", "0.001"), ("123.4500e-2", "1.2345"), ("1e39", "1" + zeros(39)),
        ("1e40", "1e40"), ("-12.5e50", "-1.25e51"), ("1e-20", "0." + zeros(19) + "1"),
        ("1e-21", "0." + zeros(20) + "1"),
        ("1e-22", "1e-22"), ("1e400", "1e400"), ("1" + zeros(400), "1e400"), ("1" + zeros(39), "1" + zeros(39)),
        ("9223372036854775808", "9223372036854775808"), ("0." + zeros(30) + "12", "1.2e-31"),
    ])
    func `one text for all texts of a value`(_ text: String, _ expected: String) throws {
        let value = try JSONValue(validating: Array(text.utf8)[...])
        let canonical = JSONCanonical.bytes(of: value)
        #expect(String(decoding: canonical, as: UTF8.self) == expected)
        #expect(value == JSONValue(trusted: canonical[...]))
    }

    @Test(arguments: [
        ("1", "\"1\""), ("1", "1.0001"), ("[1]", "[1,1]"), ("[1,2]", "[2,1]"), (#"{"a":1}"#, #"{"a":2}"#), ("{}", "[]"),
        (#"{"a":1}"#, #"{"b":1}"#), ("null", "false"), ("true", "false"), (#"{"a":null}"#, "{}"), (#""a""#, #""A""#),
        ("1e999999", "1e999998"), ("1", "-1"), (#"{"a":1,"a":2}"#, #"{"a":2,"a":1}"#),
    ])
    func `different values are different`(_ left: String, _ right: String) throws {
        let values = try [left, right].map { try JSONValue(validating: Array($0.utf8)[...]) }
        #expect(values[0] != values[1] && values[0] == values[0])
    }

    @Test func `it is appended behind what is there`() throws {
        var bytes = Array("a=[".utf8)
        JSONCanonical.append(JSONValue(trusted: Array(#"{"b": 1, "a": [ ]}"#.utf8)[...]), to: &bytes)
        JSONCanonical.append(JSONValue(trusted: Array("[ 1 ]".utf8)[...]), to: &bytes)
        JSONCanonical.append(JSONValue(trusted: Array("1e1".utf8)[...]), to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"a=[{"a":[],"b":1}[1]10"#)
    }

    @Test func `the canonical form of a canonical form is itself`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("canonical forms: seed \(seed)")
        var texts = RandomJSON(seed: seed)
        for _ in 0..<2_000 {
            let value = try JSONValue(validating: texts.document()[...])
            let canonical = JSONCanonical.bytes(of: value)
            #expect(verdictOfValue(canonical) == nil, "seed \(seed)")
            #expect(JSONCanonical.bytes(of: JSONValue(trusted: canonical[...])) == canonical, "seed \(seed)")
            #expect(value == JSONValue(trusted: canonical[...]), "seed \(seed)")
        }
    }
}

private func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
