import JSON
import Testing

struct NumberTests {
    @Test(arguments: [
        ("0", 0), ("-0", 0), ("0.0", 0), ("-0.0e9", 0), ("0e999999", 0), ("7", 7), ("-7", -7), ("1.0", 1), ("10e-1", 1),
        ("1e2", 100), ("1E+2", 100), ("1.50e1", 15), ("0.001e3", 1), ("1e18", 1_000_000_000_000_000_000), ("100e-2", 1),
        ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9223372036854775807.000", Int.max),
        ("-9.223372036854775808e18", Int.min), ("922337203685477580.7e1", Int.max),
        ("-92233720368547758080e-1", Int.min),
        ("999999999999999999", 999_999_999_999_999_999), ("1000000000000000000", 1_000_000_000_000_000_000),
        ("1234567890123456789", 1_234_567_890_123_456_789), ("-1234567890123456789", -1_234_567_890_123_456_789),
    ])
    func `a whole number is one however it is written`(_ text: String, _ expected: Int) throws {
        #expect(try JSONValue(validating: Array(text.utf8)[...]).int == expected)
    }

    @Test(arguments: [
        "0.5", "1.5", "1e-1", "-0.1", "15e-1", "1e19", "9223372036854775808", "-9223372036854775809", "1e999999",
        "-1e999999", "1e-999999", "99999999999999999999", "9223372036854775807.1", "1e99999999999999999999999", "10e18",
    ])
    func `a fraction, or one that does not fit, is no whole number`(_ text: String) throws {
        #expect(try JSONValue(validating: Array(text.utf8)[...]).int == nil)
    }

    @Test func `numbers read as the nearest double, too large ones as none`() throws {
        let cases: [(String, Double?)] = [
            ("0", 0), ("-0", 0), ("1.5", 1.5), ("-2.5e-3", -0.0025), ("1e308", 1e308), ("0.1", 0.1), ("1e-400", 0),
            ("1.7976931348623157e308", .greatestFiniteMagnitude), ("5e-324", .leastNonzeroMagnitude), ("1e309", nil),
            ("1e400", nil), ("-1e999999", nil), ("123456789012345678901234567890", 1.2345678901234568e29),
        ]
        for (text, expected) in cases {
            #expect(try JSONValue(validating: Array(text.utf8)[...]).double == expected, "\(text)")
        }
    }

    /// At the edges of what we store; `JSONStorageTests` asks Postgres itself.
    @Test(arguments: [
        ("1e399", true), ("1e400", false), ("9.99e399", true), ("0.1e400", true), ("0.1e401", false), ("1e308", true),
        ("10e398", true), ("10e399", false), ("1e-400", true), ("1e-401", false), ("1.5e-399", true),
        ("1.5e-400", false), ("0e-400", true), ("0e-401", false), ("0e131072", true), ("0e1073741822", true),
        ("0e1073741823", false), ("0e99999999999999999999", false), ("1e-99999999999999999999", false), ("-0", true),
        ("1.0e-400", false), ("0.000e390", true), ("1e999999", false), ("1e131071", false), ("5e-324", true),
    ])
    func `a number can be stored with up to 400 digits on either side`(_ text: String, _ isStorable: Bool) throws {
        #expect(try JSONValue(validating: Array(text.utf8)[...]).isStorable == isStorable)
    }

    @Test func `plain digits have a range too`() throws {
        let cases = [(400, 0, true), (401, 0, false), (1, 400, true), (1, 401, false), (400, 400, true)]
        for (whole, fraction, isStorable) in cases {
            let digits = String(repeating: "9", count: whole) + (fraction > 0 ? "." : "")
            let text = Array((digits + String(repeating: "3", count: fraction)).utf8)
            #expect(try JSONValue(validating: text[...]).isStorable == isStorable)
        }
    }

    @Test func `a text's size with its numbers written out is what Postgres will give back`() throws {
        let cases = [
            ("1e3", 4), ("[1e308,-2.5e-10]", 326), ("1.5", 3), ("[0e-20]", 24), ("1e-3", 5), ("0e300", 5), ("12e2", 4),
        ]
        var members = JSONMembers()
        for (text, size) in cases {
            try members.scan(Array(#"{"a":"x","v":\#(text)}"#.utf8)[...])
            #expect(members.writtenOut("v") == size, "\(text)")
        }
    }

    @Test func `the writer's whole numbers come back`() throws {
        for number in [0, 1, -1, 9, 10, 99, 100, -100, 1_000_000_007, Int.max, Int.min, Int.max - 1, Int.min + 1] {
            var writer = JSONWriter()
            writer.int(number)
            #expect(String(decoding: writer.bytes, as: UTF8.self) == "\(number)")
            #expect(JSONValue(trusted: writer.bytes[...]).int == number)
        }
    }
}
