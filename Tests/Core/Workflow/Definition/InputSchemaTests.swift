import JSON
import Testing

@testable import Workflow

@Suite struct InputSchemaTests {
    static let schema = #"""
        {"type":"object","required":["url","n"],"additionalProperties":false,"properties":{
         "url":{"type":"string"},"n":{"type":["integer","null"]},"mode":{"enum":["fast",1.0]},"any":true,"never":false,
         "list":{"type":"array","items":{"type":"object","required":["id"]}}}}
        """#

    @Test(
        arguments: [
            (#"{"url":"x","n":1}"#, []), (#"{"url":"x","n":null,"mode":1,"any":[],"list":[]}"#, []),
            (#"{"url":"x","n":1e2}"#, []),
            ("[]", ["input must be of type object"]), ("{}", ["input.url is missing", "input.n is missing"]),
            (#"{"url":1,"n":1.5}"#, ["input.url must be of type string", "input.n must be of type integer or null"]),
            (#"{"url":"x","n":1,"mode":"slow"}"#, [#"input.mode must be one of ["fast",1.0]"#]),
            (#"{"url":"x","n":1,"never":1,"more":2}"#, ["input.never must be absent", "input.more is not known"]),
            (
                #"{"url":"x","n":1,"list":[{"id":1},{},3]}"#,
                ["input.list[1].id is missing", "input.list[2] must be of type object"]
            ),
        ] as [(String, [String])]) func `an input is held to its schema`(_ input: String, _ problems: [String]) throws
    {
        let text = #"{"input_schema":\#(Self.schema),"tasks":[{"task_id":"a","handler":"h"}]}"#
        let flow = try Definitions.compile(text).get()
        #expect(try flow.problems(ofInput: Scene.value(input)) == problems)
    }

    private static let keywords = "type, enum, required, properties, additionalProperties, items"
    private static let types = "null, boolean, number, integer, string, array, object"

    @Test(
        arguments: [
            (
                #"{"requird":["a"]}"#,
                [".requird: is not checked here, only \(keywords) are, did you mean \"required\"?"]
            ),
            (#"{"type":"strin"}"#, [".type: must be one of \(types), did you mean \"string\"?"]),
            (
                #"{"properties":{"a":{"type":["string",1]},"b":3}}"#,
                [".properties.a.type[1]: must be a string", ".properties.b: must be an object or a boolean"]
            ),
            (
                #"{"items":{"required":"a","enum":[],"additionalProperties":{}}}"#,
                [
                    ".items.required: must be a list of names", ".items.enum: must be a list of values",
                    ".items.additionalProperties: must be true or false",
                ]
            ),
            (#"{"title":"t","$comment":"c","type":"object"}"#, []),
        ] as [(String, [String])]) func `a slip in a schema is a problem with its place`(
            _ schema: String, _ problems: [String]
        )
    {
        let text = #"{"input_schema":\#(schema),"tasks":[{"task_id":"a","handler":"h"}]}"#
        let found = Definitions.compile(text)
        guard case .failure(let failure) = found else { return #expect(problems.isEmpty) }
        #expect(failure.problems.map(\.description) == problems.map { "input_schema" + $0 })
    }

    @Test func `without a schema every input will do`() throws {
        let flow = try Definitions.compile(Definitions.one("")).get()
        #expect(try flow.problems(ofInput: Scene.value("[1]")) == [])
    }
}
