import JSON
import Testing

@testable import Workflow

/// What a message says: never too long, never out of its code block, and a file where it does not fit.
@Suite struct DiscordTextTests {
    private typealias Make = DiscordNotices

    private func message(_ notice: Notice) -> DiscordMessage { DiscordMessage(notice) }

    @Test func `a short result stands in the message`() {
        let message = message(Make.make())
        #expect(message.file == nil)
        #expect(
            message.content
                == "**Run `run-1` completed** · flow `report` · 12.3 s\n```json\n{\"text\":\"done\"}\n```")
    }

    @Test func `a result that is a text is shown as one`() {
        let message = message(Make.make(output: #""line\nline \u00e9""#))
        #expect(message.content.hasSuffix("```\nline\nline é\n```"))
    }

    @Test func `over 2,000 characters it is a file, whole`() {
        let output = #"{"text":""# + String(repeating: "é", count: 2_000) + #""}"#
        let message = message(Make.make(output: output))
        #expect(message.content.hasSuffix("The result has 4011 bytes and comes as a file."))
        #expect(message.file == .init(name: "result.json", type: "application/json", bytes: Array(output.utf8)))
    }

    @Test func `the last length that fits is a message, one more is a file`() {
        let head = message(Make.make(output: #""""#)).content.utf16.count
        let room = DiscordText.limit - head
        for (extra, hasFile) in [(0, false), (1, true)] {
            let output = "\"" + String(repeating: "x", count: room + extra) + "\""
            let message = message(Make.make(output: output))
            #expect((message.file != nil) == hasFile && message.content.utf16.count <= DiscordText.limit)
        }
    }

    @Test func `always a file, never a file`() {
        let short = message(Make.make(attach: .always))
        #expect(short.file?.bytes == Array(#"{"text":"done"}"#.utf8))
        let long = String(repeating: "😀`", count: 3_000)
        let never = message(
            Make.make(output: #"{"text":"\#(long)"}"#, attach: .never, link: "https://x.example/1", code: "K7Q2"))
        #expect(never.file == nil && never.content.utf16.count <= DiscordText.limit)
        #expect(never.content.contains("<https://x.example/1?code=K7Q2>") && never.content.contains("The rest is cut"))
    }

    @Test func `over 8 MB there is a link, else the command`() {
        let large = Array(("\"" + String(repeating: "x", count: DiscordMessage.fileLimit) + "\"").utf8)[...]
        for (link, words) in [
            ("https://x.example/1", "<https://x.example/1?code=K7Q2>"), (nil, "flowfleet delivery redeem"),
        ] {
            let pickUp = Make.make(link: link, code: "K7Q2").pickUp
            let message = DiscordMessage("head", json: large, attach: .auto, fetch: DiscordMessage.fetch(pickUp))
            #expect(message.file == nil && message.content.contains(words))
        }
        let most = Array(("\"" + String(repeating: "x", count: DiscordMessage.fileLimit - 2) + "\"").utf8)[...]
        let whole = DiscordMessage("head", json: most, attach: .auto, fetch: "")
        #expect(whole.file?.bytes.count == DiscordMessage.fileLimit)
    }

    @Test(arguments: [
        "```", "``` @everyone", "a```b````c``````", "`````", "x`", "``", "```json\n{}\n```\n**out**",
        "`\u{301}``\u{301}`\u{301}``",
    ])
    func `nothing breaks out of its block`(_ text: String) throws {
        var writer = JSONWriter()
        writer.string(text)
        let asText = message(Make.make(output: String(decoding: writer.bytes, as: UTF8.self))).content
        let asJSON = message(Make.make(output: "[\(String(decoding: writer.bytes, as: UTF8.self))]")).content
        let asError = message(Make.make(.error, error: text)).content
        for content in [asText, asJSON, asError] {
            let fences = Array(content.utf8).ranges(of: "```".utf8).count
            #expect(fences == 2 && content.hasSuffix("\n```"), "\(content)")
        }
        // Out of a block of JSON comes what went in.
        let inner = asJSON.split(separator: "```json\n")[1].dropLast(4)
        let value = try JSONValue(validating: Array(inner.utf8)[...])
        #expect(value.element(0)?.string() == Array(text.utf8))
    }

    @Test func `a name ends no line and no backticks`() {
        #expect(DiscordText.code("`\u{301}") == "`\u{2CB}\u{301}`")
        #expect(DiscordText.code("a`b\nc\u{202E}d\u{0}") == "`a\u{2CB}b c d `")
        #expect(DiscordText.code(String(repeating: "x", count: 400)).utf16.count == 302)
    }

    @Test func `a cut leaves characters whole`() {
        #expect(DiscordText.cut("abc", to: 3) == "abc")
        #expect(DiscordText.cut("abcd", to: 3) == "ab…")
        #expect(DiscordText.cut("👩‍👩‍👧👩‍👩‍👧", to: 10) == "👩‍👩‍👧…")
        #expect(DiscordText.cut("😀😀", to: 3) == "😀…")
    }

    @Test func `every message mentions nobody, shows no previews and takes earlier files away`() throws {
        for kind in Notice.Kind.allCases {
            let notice = Make.make(kind, output: #""@everyone <@1> <@&2>""#, error: "@everyone")
            let request = Make.interaction().request(for: notice, now: Make.madeAt)
            let json = try JSONValue(validating: request.json[...])
            #expect(json.member("allowed_mentions")?.bytes.elementsEqual(#"{"parse":[]}"#.utf8) ?? false)
            #expect(json.member("flags")?.int == 4 && json.member("attachments")?.kind == .array)
        }
        let file = Make.interaction().request(for: Make.make(attach: .always), now: Make.madeAt)
        #expect(file.text.contains(#""attachments":[{"id":0,"filename":"result.json"}]"#))
        #expect(file.file?.name == "files[0]" && file.file?.fileName == "result.json")
    }

    @Test func `progress says how far it is`() {
        let known = message(Make.make(.progress, tasks: RunProgress(done: 4, total: 10)))
        #expect(known.content == "Run `run-1`: 40 %, 4 of 10 tasks are done.")
        let unknown = message(Make.make(.progress, tasks: RunProgress(done: 1, total: 0)))
        #expect(unknown.content == "Run `run-1`: 1 task is done.")
    }

    @Test func `the early notice says what is done, how the result comes, and how to fetch it`() {
        let ended = (0..<500).map { EndedTask(taskID: Identifier("task-\($0)"), status: .succeeded) }
        let tasks = RunProgress(done: 500, total: 900, ended: ended)
        let text = message(Make.make(.early, link: "https://x.example/1", code: "K7Q2", tasks: tasks)).content
        for part in [
            "55 %, 500 of 900", "`task-0` succeeded", "`/retrieve_results workflow_id:run-1`", "code `K7Q2`",
            "`flowfleet delivery redeem run-1.1`", "<https://x.example/1?code=K7Q2>", "next channel",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(text.utf16.count <= DiscordText.limit)
    }

    @Test func `an error is told in a block, however long it is`() {
        let text = message(Make.make(.error, error: String(repeating: "e", count: 9_000))).content
        #expect(text.hasPrefix("**Run `run-1` failed**") && text.hasSuffix("…\n```"))
        #expect(text.utf16.count <= DiscordText.limit)
        #expect(message(Make.make(.error)).content.contains("without a word"))
    }
}
