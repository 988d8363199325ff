import JSON
import Testing

@testable import Workflow

@Suite struct TemplateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let template: String
        let result: String
        var testDescription: String { template }

        init(_ template: String, _ result: String) {
            self.template = template
            self.result = result
        }
    }

    static let input =
        #"{"name":"Ada","n":7,"f":1.50,"big":1e2,"no":null,"yes":true,"list":[1,{"x":"y"}],"#
        + #""odd key":{"a.b":5},"q":"a\"b\n\u00e4","o":{"b":2.0,"a":[1, 2]},"3":"three"}"#

    static let cases: [Case] = [
        // A string that is one template gives the value itself.
        Case(#""${input.name}""#, #""Ada""#),
        Case(#""${input.n}""#, "7"),
        Case(#""${input.f}""#, "1.50"),
        Case(#""${input.no}""#, "null"),
        Case(#""${input.yes}""#, "true"),
        Case(#""${input.list}""#, #"[1,{"x":"y"}]"#),
        Case(#""${ input.n }""#, "7"),
        // Paths.
        Case(#""${input.list[1].x}""#, #""y""#),
        Case(#""${input.list.1.x}""#, #""y""#),
        Case(#""${input.list[0]}""#, "1"),
        Case(##""${input[\"odd key\"][\"a.b\"]}""##, "5"),
        Case(#""${input.3}""#, #""three""#),
        Case(#""${input[3]}""#, #""three""#),
        Case(#""${context.region}""#, #""eu""#),
        Case(#""${tasks.a.output.body}""#, #"{"k":1}"#),
        Case(#""${tasks.a.output}""#, #"{"body":{"k":1}}"#),
        Case(#""${run.run_id}""#, #""run-1""#),
        Case(#""${run.flow_id}""#, #""report""#),
        Case(#""${run.correlation_id}""#, #""correlation \"1\"""#),
        // Text.
        Case(#""Hello ${input.name}!""#, #""Hello Ada!""#),
        Case(#""${input.name}${input.n}""#, #""Ada7""#),
        Case(
            #""n=${input.n} f=${input.f} b=${input.big} y=${input.yes} z=${input.no}""#,
            #""n=7 f=1.5 b=100 y=true z=null""#),
        Case(#""o: ${input.o}""#, #""o: {\"a\":[1,2],\"b\":2}""#),
        Case(#""q: ${input.q}""#, #""q: a\"b\n\u00e4""#),
        Case(#""run ${run.correlation_id}""#, #""run correlation \"1\"""#),
        Case(#""\u0024{input.n} \"x\" \\ \t""#, #""7 \"x\" \\ \t""#),
        // Literals.
        Case(#""$${input.n}""#, #""${input.n}""#),
        Case(#""costs $5 or $$ or }{""#, #""costs $5 or $$ or }{""#),
        Case(#""$${a} ${input.n}""#, #""${a} 7""#),
        Case(#"{"${input.n}":1}"#, #"{"${input.n}":1}"#),
        Case("12.50", "12.50"),
        Case(#"{"a":[1,{"b":"${input.n}"},"x"],"c":"${input.name}!"}"#, #"{"a":[1,{"b":7},"x"],"c":"Ada!"}"#),
        Case("[]", "[]"),
        Case(#"["${input.n}","${input.n}"]"#, "[7,7]"),
        Case(#""""#, #""""#),
        // Defaults: for what leads nowhere and for null.
        Case(##""${input.none ?? \"x\"}""##, #""x""#),
        Case(#""${input.none ?? 5}""#, "5"),
        Case(#""${input.none??null}""#, "null"),
        Case(#""${input.no ?? true}""#, "true"),
        Case(#""${input.n ?? 1}""#, "7"),
        Case(##""${input.none ?? {\"a\":[1]}}""##, #"{"a":[1]}"#),
        Case(##""a ${input.none ?? \"}??\"} b""##, #""a }?? b""#),
        Case(#""${tasks.a.output.list[4] ?? []}""#, "[]"),
        Case(#""${input.name.deeper ?? 0}""#, "0"),
    ]

    static func flow(_ template: String) throws -> Flow {
        try Definitions.compile(
            #"""
            {"tasks":[{"task_id":"a","handler":"h"},
            {"task_id":"b","handler":"h","depends_on":["a"],"inputs":\#(template)}]}
            """#
        ).get()
    }

    static func scene() throws -> Scene {
        try Scene(input: input, context: #"{"region":"eu"}"#, outputs: [0: #"{"body":{"k":1}}"#])
    }

    @Test(arguments: cases) func `a template gives its value`(_ example: Case) throws {
        var writer = JSONWriter()
        try Self.flow(example.template).renderInputs(task: 1, Self.scene(), to: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == example.result)
        _ = try JSONValue(validating: writer.bytes[...])
    }

    @Test(arguments: [
        "input.none", "input.list[2]", "input.name.x", "context.a.b", "tasks.a.output.body.z", "input.n.0",
    ])
    func `a path that leads nowhere is an error that names it`(_ path: String) throws {
        let scene = try Self.scene()
        for template in ["\"${\(path)}\"", "[\"text ${\(path)}\"]"] {
            let flow = try Self.flow(template)
            var writer = JSONWriter()
            let error = #expect(throws: TemplateError.self) { try flow.renderInputs(task: 1, scene, to: &writer) }
            #expect(error == .missing(path: path))
            #expect(error?.description == "there is nothing at ${\(path)}, and it has no default")
        }
    }

    @Test func `an output that is not there is nowhere`() throws {
        let flow = try Self.flow(#""${tasks.a.output}""#)
        var writer = JSONWriter()
        let scene = try Scene()
        let error = #expect(throws: TemplateError.self) { try flow.renderInputs(task: 1, scene, to: &writer) }
        #expect(error == .missing(path: "tasks.a.output"))
    }

    @Test func `absent inputs are the run's input and the outputs of the dependencies`() throws {
        let flow = try Definitions.compile(Definitions.graph(["a": [], "b": [], "c": ["b", "a"]])).get()
        let scene = try Scene(input: #"{"x": 1}"#, outputs: [0: "5"])
        var writer = JSONWriter()
        try flow.renderInputs(task: 2, scene, to: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"input":{"x": 1},"upstream":{"b":null,"a":5}}"#)
        writer.clear()
        try flow.renderInputs(task: 0, scene, to: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"input":{"x": 1},"upstream":{}}"#)
    }

    @Test func `inputs go into a message that is being written`() throws {
        let flow = try Self.flow(#"{"a":"${input.n}"}"#)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("run_id", string: "r")
        writer.key("inputs")
        try flow.renderInputs(task: 1, Self.scene(), to: &writer)
        writer.member("attempt", int: 0)
        writer.endObject()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"run_id":"r","inputs":{"a":7},"attempt":0}"#)
    }

    @Test func `the run's output is its template, or what nothing depends on`() throws {
        let flow = try Definitions.compile(FlowTests.report, settings: FlowSettings().anyPool).get()
        var writer = JSONWriter()
        try flow.renderOutput(Scene(outputs: [1: #"{"text":"short"}"#]), to: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"text":"short"}"#)
        let plain = try Definitions.compile(Definitions.graph(["a": [], "b": ["a"], "c": ["a"]])).get()
        writer.clear()
        try plain.renderOutput(Scene(outputs: [1: "[1]"]), to: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"b":[1],"c":null}"#)
    }

    @Test func `what is required must be there and not null`() throws {
        let flow = try Definitions.compile(
            #"""
            {"tasks":[{"task_id":"a","handler":"h"},{"task_id":"b","handler":"h","depends_on":["a"],
             "requires":["a","a.x","a.list[1]"]}]}
            """#
        ).get()
        let complete = try Scene(outputs: [0: #"{"x":0,"list":[1,2]}"#])
        #expect(flow.missingRequirements(task: 1, complete) == [])
        let partial = try Scene(outputs: [0: #"{"x":null,"list":[1]}"#])
        #expect(flow.missingRequirements(task: 1, partial) == ["a.x", "a.list[1]"])
        #expect(flow.missingRequirements(task: 1, try Scene()) == ["a", "a.x", "a.list[1]"])
        #expect(flow.missingRequirements(task: 0, try Scene()) == [])
    }
}
