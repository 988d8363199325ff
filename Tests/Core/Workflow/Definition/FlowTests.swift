import JSON
import Testing

@testable import Workflow

@Suite struct FlowTests {
    /// The example of the contract.
    static let report = #"""
        {"flow_id":"report","description":"…","timeout":3600,"max_retries":3,"retry":{"delays":[10,30,90]},
         "errors":{"transient":["quota"],"permanent":["no such"]},"input_schema":{},
         "tasks":[
          {"task_id":"fetch","handler":"http","inputs":{"url":"${input.url}"},"max_retries":3,"timeout":30},
          {"task_id":"summarise","handler":"llm.chat","depends_on":["fetch"],
           "inputs":{"text":"${tasks.fetch.output.body}"},
           "retry":{"first":1,"base":2,"max_delay":60,"jitter":0.2,"budget":600},"on_failure":"degrade","pool":"gpu"},
          {"task_id":"check","handler":"echo","depends_on":["summarise"],"validates":"summarise",
           "requires":["summarise.text"]}],
         "output":{"text":"${tasks.summarise.output.text}"}}
        """#

    @Test func `every field of a definition arrives`() throws {
        let settings = FlowSettings(pools: ["default", "gpu"])
        let flow = try Definitions.compile(Self.report, as: "report", settings: settings).get()
        #expect(flow.flowID == "report")
        #expect(flow.timeoutSeconds == 3600)
        #expect(!flow.failFast)
        #expect(flow.errors == FlowErrors(permanent: ["no such"], transient: ["quota"]))
        #expect(flow.definition == Array(Self.report.utf8)[...])
        let (fetch, summarise, check) = (flow.tasks[0], flow.tasks[1], flow.tasks[2])
        #expect(fetch.handler == "http" && fetch.pool == "default" && fetch.timeoutSeconds == 30)
        #expect(summarise.pool == "gpu" && summarise.onFailure == .degrade && summarise.timeoutSeconds == 300)
        #expect(summarise.readsOutputOf == [0])
        #expect(check.validates == 1 && check.segment && check.readsOutputOf == [1])
        #expect(
            check.requires == [Requirement(task: 1, path: [PathStep(name: Array("text".utf8))], text: "summarise.text")]
        )
        #expect((0...2).map(flow.isOutputRead) == [true, true, false])
    }

    @Test func `retries are resolved task over flow over settings`() throws {
        let settings = FlowSettings(pools: ["default", "gpu"])
        let flow = try Definitions.compile(Self.report, settings: settings).get()
        #expect(flow.tasks[0].retry == RetryPolicy(maxRetries: 3, delays: [10_000_000, 30_000_000, 90_000_000]))
        #expect(
            flow.tasks[1].retry
                == RetryPolicy(
                    maxRetries: 3, delays: [], first: 1_000_000, base: 2, maxDelay: 60_000_000, jitter: 0.2,
                    budget: 600_000_000))
        let own = FlowSettings(retry: RetryPolicy(maxRetries: 7, delays: [5], base: 3), taskTimeoutSeconds: 9)
        let plain = try Definitions.compile(Definitions.one(""), settings: own).get()
        #expect(plain.tasks[0].retry == RetryPolicy(maxRetries: 7, delays: [5], base: 3))
        #expect(plain.tasks[0].timeoutSeconds == 9)
        let none = try Definitions.compile(Definitions.one(#","max_retries":0,"retry":{"delays":[0.25]}"#)).get()
        #expect(none.tasks[0].maxRetries == 0)
        #expect(none.tasks[0].retry.delays == [250_000])
    }

    @Test func `null means absent`() throws {
        let flow = try Definitions.compile(
            Definitions.one(#","inputs":null,"max_retries":null,"pool":null,"depends_on":null,"on_failure":null"#)
        ).get()
        #expect(flow.tasks[0].inputs == nil)
        #expect(flow.tasks[0].maxRetries == 3)
        #expect(flow.flowID == nil)
    }

    @Test func `without an output the sinks are read, without inputs the dependencies`() throws {
        let flow = try Definitions.compile(Definitions.graph(["a": [], "b": ["a"], "c": ["b"], "d": ["b"]])).get()
        #expect((0...3).map(flow.isOutputRead) == [true, true, true, true])
        let silent = try Definitions.compile(
            #"""
            {"tasks":[{"task_id":"a","handler":"h"},{"task_id":"b","handler":"h","depends_on":["a"],"inputs":1}],
            "output":"${input}"}
            """#
        ).get()
        #expect((0...1).map(silent.isOutputRead) == [false, false])
    }

    @Test func `the digest is the text's`() throws {
        let flow = try Definitions.compile(Definitions.one("")).get()
        #expect(flow.sha256Hex == SHA256.hex(Array(Definitions.one("").utf8)))
        #expect(flow.sha256.count == 32)
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000),
            "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
        ),
    ]) func `digests are those of FIPS 180-4`(_ text: String, _ digest: String) {
        #expect(SHA256.hex(Array(text.utf8)) == digest)
    }

    @Test func `digests of all lengths around a block differ from their neighbours and stay the same`() {
        let digests = (0...130).map { SHA256.hex([UInt8](repeating: 0x61, count: $0)) }
        #expect(Set(digests).count == 131)
        #expect(digests[64] == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb")
    }
}

@Suite struct IdentifierTests {
    @Test func `ids have 1 to 255 bytes of text without control characters`() {
        let valid = ["a", "Größe 😀/:", String(repeating: "x", count: 255), "\u{A0}"]
        for text in valid { #expect(Identifier.isValidID(Array(text.utf8)[...]), "\(text)") }
        let invalid = ["", String(repeating: "x", count: 256), "a\nb", "\u{0}", "\u{7F}", "\u{85}", "\u{9F}"]
        for text in invalid { #expect(!Identifier.isValidID(Array(text.utf8)[...]), "\(text.debugDescription)") }
        #expect(!Identifier.isValidID([0x61, 0xFF]))
        #expect(!Identifier.isValidID([0xED, 0xA0, 0x80]))
    }

    @Test func `names have a point more than ids of tasks`() {
        #expect(Identifier.isValidName(Array("llm.chat-2_B".utf8)[...]))
        #expect(!Identifier.isValidName(Array("llm chat".utf8)[...]))
        #expect(!Identifier.isValidName([]))
        #expect(Identifier.isValidTaskID(Array("fetch-2_B".utf8)[...]))
        #expect(!Identifier.isValidTaskID(Array("fetch.2".utf8)[...]))
    }

    @Test func `equal bytes are one id, and ids sort by bytes`() {
        #expect(Identifier("a") == Identifier(Array("a".utf8)))
        #expect(Set<Identifier>(["a", "b", "a"]).count == 2)
        #expect(["b", "a", "ab", "B"].map { Identifier($0) }.sorted() == ["B", "a", "ab", "b"])
    }
}
