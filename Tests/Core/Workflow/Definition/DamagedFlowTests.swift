import JSON
import Testing

@testable import Workflow

/// Definitions damaged at random: a problem or a flow, never a trap, and what compiles can be rendered.
@Suite struct DamagedFlowTests {
    @Test func `no damage to a definition does harm`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = Random(seed: seed)
        let whole = Array(FlowTests.report.utf8)
        let scene = try Scene(input: #"{"url":"u"}"#, outputs: [0: #"{"body":1}"#, 1: #"{"text":null}"#])
        for _ in 0..<400 {
            var text = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) { damage(&text, &random) }
            guard case .success(let flow) = Flow.compile(text[...], flowID: nil, settings: FlowSettings().anyPool)
            else {
                continue
            }
            #expect(flow.order.count == flow.tasks.count, "seed \(seed)")
            for task in flow.tasks.indices { render(flow, task, scene) }
        }
    }

    @Test func `no damage to a template does harm`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = Random(seed: seed)
        let parts = [
            "${", "$${", "}", "input", ".", "a", "[", "]", "0", "\"", "\\", "??", " ", "{", "tasks.a.output", "ä", "$",
        ]
        let scene = try Scene(input: #"{"a":[{"a":1}]}"#, outputs: [0: "{}"])
        for _ in 0..<3_000 {
            var text = ""
            for _ in 0..<Int.random(in: 1...12, using: &random) { text += parts.randomElement(using: &random) ?? "" }
            var writer = JSONWriter()
            writer.string(text)
            let inputs = String(decoding: writer.bytes, as: UTF8.self)
            let definition =
                Definitions.flow([("a", [])]).dropLast(2)
                + #",{"task_id":"b","handler":"h","depends_on":["a"],"inputs":\#(inputs)}]}"#
            if case .success(let flow) = Definitions.compile(String(definition)) { render(flow, 1, scene) }
        }
    }

    private func render(_ flow: Flow, _ task: Int, _ scene: Scene) {
        var writer = JSONWriter()
        _ = flow.missingRequirements(task: task, scene)
        guard (try? flow.renderInputs(task: task, scene, to: &writer)) != nil else { return }
        #expect((try? JSONValue(validating: writer.bytes[...])) != nil)
    }

    private func damage(_ text: inout [UInt8], _ random: inout Random) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text.remove(at: place)
        case 1: text[place] = UInt8.random(in: 0x20...0x7E, using: &random)
        case 2: text.insert(text[Int.random(in: 0..<text.count, using: &random)], at: place)
        default: text.removeSubrange(place..<min(place + Int.random(in: 1...20, using: &random), text.count))
        }
    }
}
