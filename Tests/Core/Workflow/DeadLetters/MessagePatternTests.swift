import Testing

@testable import Workflow

/// The rule of fingerprints, case by case; docs/explanation/fingerprints.md says it in words.
@Suite struct MessagePatternTests {
    static let cases: [(text: String, pattern: String)] = [
        // Numbers, with signs, separators, exponents and units.
        ("timeout after 300 ms", "timeout after <n> ms"),
        ("timeout after 300ms", "timeout after <n>ms"),
        ("took 1.5s of 2,000", "took <n>s of <n>"),
        ("value -17 below 1.2e-9", "value <n> below <n>"),
        ("HTTP 503", "HTTP <n>"),
        ("99% of 12", "<n>% of <n>"),
        ("items 1, 2, 3, 4 are missing", "items <n> are missing"),
        ("items 7 are missing", "items <n> are missing"),
        // Ids: UUIDs, hexadecimal, words with numbers in them.
        ("user 7f3d9c1e-1b7a-4c62-9d2f-0a1b2c3d4e5f is gone", "user <id> is gone"),
        ("user 7F3D9C1E-1B7A-4C62-9D2F-0A1B2C3D4E5F is gone", "user <id> is gone"),
        ("at address 0x7ffe12ab", "at address <hex>"),
        ("commit 9f86d081884c7d659a2f is unknown", "commit <hex> is unknown"),
        ("order_1234 was not paid", "order_<n> was not paid"),
        ("run-17/task-3 failed", "run-<n>/task-<n> failed"),
        ("pod worker-7f9c4d2b-x2v9k is gone", "pod worker-<id>-<id> is gone"),
        ("lock held by node12", "lock held by node<n>"),
        ("token a1b2c3x9 expired", "token <id> expired"),
        ("moved +1a2b away", "moved +<id> away"),
        ("the 3rd try", "the <n>rd try"),
        ("sent to ada@example.org", "sent to <mail>"),
        // Words stay, also those that look like hexadecimal.
        ("defaced facade", "defaced facade"),
        ("connection refused", "connection refused"),
        ("E11000 duplicate key", "E<n> duplicate key"),
        // URLs, addresses and paths.
        ("GET https://api.example.org/v1/items/5?x=1 failed", "GET <url> failed"),
        ("see http://localhost:8080/a.", "see <url>."),
        ("postgres://u@h/db: no answer", "<url>: no answer"),
        ("dial tcp 10.0.12.7:5432: connect: refused", "dial tcp <address>: connect: refused"),
        ("no route to 192.168.1.1", "no route to <address>"),
        ("open /var/lib/data/12/x.db: denied", "open <path>: denied"),
        ("open C:\\data\\x.txt: denied", "open <path>: denied"),
        ("cannot read ./config/local.json", "cannot read <path>"),
        ("read and/or write", "read and/or write"),
        // Quotes.
        ("unknown handler \"http.get\"", "unknown handler <text>"),
        ("unknown handler 'its name'", "unknown handler <text>"),
        ("column `total` doesn't exist", "column <text> doesn't exist"),
        ("missing 'a', 'b', 'c'", "missing <text>"),
        ("an \"open quote stays", "an \"open quote stays"),
        // Times.
        ("expired at 2026-11-21T14:05:09.123Z", "expired at <time>"),
        ("expired on 2026-11-21 14:05 (UTC)", "expired on <time> (UTC)"),
        ("at 14:05:09 it ended", "at <time> it ended"),
        // Space, lines, length, other scripts.
        ("  two\n  lines\t here ", "two lines here"),
        ("", ""),
        ("größe 12 überschritten", "größe <n> überschritten"),
        ("\u{0}zero", "zero"),
    ]

    @Test(arguments: cases.indices)
    func `what differs from case to case is taken out, the rest stays`(_ index: Int) {
        let one = Self.cases[index]
        let found = String(decoding: MessagePattern.of(Array(one.text.utf8)), as: UTF8.self)
        #expect(found == one.pattern, "\(one.text)")
    }

    @Test func `a long message is cut behind a whole character`() {
        let text = Array(String(repeating: "ä", count: 5_000).utf8)
        let pattern = MessagePattern.of(text)
        #expect(pattern.count <= 400)
        #expect(String(validating: pattern, as: UTF8.self) != nil)
    }

    @Test func `any bytes give a pattern that is text, and the same one each time`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let seed = random.next()
            var state = seed
            let marks = Array("09afxz-_.:/\\'\"`@+, \n~CT".utf8) + [0xC3, 0xA4, 0xFF, 0]
            let text = (0..<120).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return marks[Int(state >> 33) % marks.count]
            }
            let pattern = MessagePattern.of(text)
            #expect(pattern == MessagePattern.of(text), "seed \(seed)")
            #expect(String(validating: pattern, as: UTF8.self) != nil, "seed \(seed)")
        }
    }

    @Test func `the same error of another handler, class or type is another fingerprint`() {
        func id(_ handler: String, _ errorClass: String, _ type: String?, _ error: String) -> String {
            Fingerprint(
                handler: Array(handler.utf8), errorClass: Array(errorClass.utf8),
                errorType: type.map { Array($0.utf8) },
                error: Array(error.utf8)
            ).id
        }
        let first = id("http", "transient", "HTTP 503", "no answer after 12 ms")
        #expect(first == id("http", "transient", "HTTP 502", "no answer after 9 ms"))
        #expect(first != id("mail", "transient", "HTTP 503", "no answer after 12 ms"))
        #expect(first != id("http", "timeout", "HTTP 503", "no answer after 12 ms"))
        #expect(first != id("http", "transient", nil, "no answer after 12 ms"))
        #expect(first != id("http", "transient", "HTTP 503", "an answer after 12 ms"))
        #expect(first.count == 16)
    }
}
