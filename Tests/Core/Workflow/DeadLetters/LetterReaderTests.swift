import JSON
import Testing

@testable import Workflow

@Suite struct LetterReaderTests {
    private func read(_ text: String?) -> DeadLetter { read(bytes: text.map { Array($0.utf8) }) }

    private func read(bytes: [UInt8]?) -> DeadLetter {
        var reader = LetterReader(topic: "dead_letter_queue")
        return reader.read(LetterRecord(partition: 2, offset: 17, value: bytes.map { $0[...] }, time: 1_000_000))
    }

    private func text(_ bytes: (some Collection<UInt8>)?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a letter of a task becomes its columns`() {
        let letter = read(
            """
            {"message_id":"dl/r/t/3","kind":"task","reason":"retries_exhausted","run_id":"r","task_id":"t",
             "handler":"http","attempts":4,"error":"no answer","error_class":"transient",
             "failed_at":"2026-11-21T10:00:00.5Z","session_id":"s","tenant_id":"n","flow_id":"f","task":{"inputs":{}}}
            """)
        #expect(text(letter.messageID) == "dl/r/t/3")
        #expect(letter.kind == .task && letter.attempts == 4 && letter.attempt == 3)
        #expect(text(letter.reason) == "retries_exhausted")
        #expect(text(letter.handler) == "http" && text(letter.tenantID) == "n")
        #expect(letter.failedAt == 1_795_255_200_500_000)
        #expect(text(letter.task) == #"{"inputs":{}}"#)
        #expect(letter.value == nil)
    }

    static let unreadable: [[UInt8]?] = [
        nil, [], Array("garbage".utf8), Array("[1]".utf8), Array("{}".utf8), Array(#"{"message_id":7}"#.utf8),
        Array(#"{"message_id":""}"#.utf8), [0xFF, 0xFE, 0x00], Array(#"{"message_id":"x"} tail"#.utf8),
        Array((#"{"message_id":""# + String(repeating: "x", count: 1_025) + #""}"#).utf8),
    ]

    @Test(arguments: unreadable)
    func `what is no letter is kept as bytes, under its place`(_ bytes: [UInt8]?) {
        let letter = read(bytes: bytes)
        #expect(text(letter.messageID) == "dl/dead_letter_queue/2/17")
        #expect(letter.kind == .record)
        #expect(text(letter.reason) == "undecodable")
        #expect(letter.value.map(Array.init) == (bytes ?? []))
        #expect(letter.failedAt == 1_000_000)
    }

    @Test func `a foreign letter needs nothing but its id`() {
        let letter = read(#"{"message_id":"mine/1"}"#)
        #expect(letter.kind == .record)
        #expect(text(letter.error) == "no error is told")
        #expect(letter.value == nil)
    }

    @Test func `what a letter says of itself is believed as far as it can be`() {
        let kinds = [
            (#"{"message_id":"m","run_id":"r","task_id":"t"}"#, DeadLetter.Kind.task),
            (#"{"message_id":"m","run_id":"r"}"#, .run),
            (#"{"message_id":"m","kind":"task","run_id":"r"}"#, .record),
            (#"{"message_id":"m","kind":"strange","run_id":"r","task_id":"t"}"#, .task),
            (#"{"message_id":"m","kind":"record","run_id":"r","task_id":"t"}"#, .record),
        ]
        for (value, kind) in kinds { #expect(read(value).kind == kind, "\(value)") }
        let letter = read(#"{"message_id":"m","reason":"Ω!","attempts":-4,"error":{"code":7},"failed_at":"noon"}"#)
        #expect(text(letter.reason) == "permanent")
        #expect(letter.attempts == 0)
        #expect(text(letter.error) == #"{"code":7}"#)
        #expect(letter.failedAt == 1_000_000)
    }

    @Test func `a payload that jsonb refuses leaves the whole record as bytes`() {
        for payload in [
            #"{"a":"\u0000"}"#, #""\ud800""#, "1e999999",
            String(repeating: "[", count: 500)
                + String(repeating: "]", count: 500),
        ] {
            let value = #"{"message_id":"m","task":"# + payload + "}"
            let letter = read(value)
            #expect(letter.task == nil)
            #expect(text(letter.value) == value)
            #expect(text(letter.messageID) == "m")
        }
        let zero = read(#"{"message_id":"m","error":"a\u0000b"}"#)
        #expect(text(zero.error) == "a\u{FFFD}b")
    }

    @Test func `letters of different things are never kept under one id`() {
        let cases = [
            (#"{"message_id":"dl/r/t/3","kind":"task","run_id":"r","task_id":"t","attempts":4}"#, "dl/r/t/3"),
            (#"{"message_id":"dl/a/b/t/0","kind":"task","run_id":"a/b","task_id":"t","attempts":1}"#, "dl/a/b/t/0"),
            // A run called like a topic, with a task called like a partition.
            (
                #"{"message_id":"dl/x.task_done/0/0","kind":"task","run_id":"x.task_done","task_id":"0","attempts":1}"#,
                "task/dl/x.task_done/0/0"
            ),
            (#"{"message_id":"dl/x.task_done/0/0","kind":"record"}"#, "dl/x.task_done/0/0"),
            (#"{"message_id":"dl/task_queue.gpu/7/12","kind":"record"}"#, "dl/task_queue.gpu/7/12"),
            (#"{"message_id":"dl/flow_runs/1/5","kind":"run","run_id":"r"}"#, "dl/flow_runs/1/5"),
            // Of somebody who took an id of ours for something else.
            (#"{"message_id":"dl/victim/a/0","kind":"record","reason":"permanent"}"#, "foreign/dl/victim/a/0"),
            (
                #"{"message_id":"dl/victim/a/0","kind":"task","run_id":"r","task_id":"t","attempts":1}"#,
                "foreign/dl/victim/a/0"
            ),
            (#"{"message_id":"mine/1","kind":"record"}"#, "mine/1"),
        ]
        for (text, id) in cases {
            let kept = String(decoding: read(text).messageID, as: UTF8.self)
            #expect(kept == id)
        }
    }
}
