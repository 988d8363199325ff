import Testing

@testable import Workflow

/// Every way in which a definition can be wrong, with the path and the words that say so.
@Suite struct FlowProblemTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let definition: String
        let problems: [String]
        var testDescription: String { problems.first ?? "" }

        init(_ definition: String, _ problems: String...) {
            self.definition = definition
            self.problems = problems
        }
    }

    static let wholes: [Case] = [
        Case("", "definition: the text is empty"),
        Case("[]", "definition: must be a JSON object"),
        Case(#"{"tasks":["#, "definition: "),
        Case("{}", "tasks: is missing: a flow has at least one task"),
        Case(#"{"tasks":null}"#, "tasks: is missing: a flow has at least one task"),
        Case(#"{"tasks":[]}"#, "tasks: is empty: a flow has at least one task"),
        Case(#"{"tasks":{}}"#, "tasks: must be an array"),
        Case(#"{"tasks":[1]}"#, "tasks[0]: must be an object"),
        Case(#"{"tasks":[{}]}"#, "tasks[0].task_id: is missing", "tasks[0].handler: is missing"),
        Case(
            #"{"tasks":[{"task_id":"a","handler":"h"}],"flow_id":"a b"}"#,
            "flow_id: must have 1 to 255 characters out of A-Z, a-z, 0-9, ., _ and -"),
        Case(#"{"tasks":[{"task_id":"a","handler":"h"}],"flow_id":7}"#, "flow_id: must be a string"),
        Case(#"{"tasks":[{"task_id":"a","handler":"h"}],"description":7}"#, "description: must be a string"),
        Case(
            #"{"tasks":[{"task_id":"a","handler":"h"}],"timeout":0}"#,
            "timeout: must be a number from 0.001 to 31536000"),
        Case(
            #"{"tasks":[{"task_id":"a","handler":"h"}],"max_retries":1001}"#,
            "max_retries: must be a whole number from 0 to 1000"),
        Case(#"{"tasks":[{"task_id":"a","handler":"h"}],"fail_fast":1}"#, "fail_fast: must be true or false"),
        Case(#"{"tasks":[{"task_id":"a","handler":"h"}],"retry":[]}"#, "retry: must be an object"),
        Case(#"{"tasks":[{"task_id":"a","handler":"h"}],"errors":[]}"#, "errors: must be an object"),
        Case(
            #"{"tasks":[{"task_id":"a","handler":"h"}],"errors":{"transient":[1,""],"permanant":[]}}"#,
            "errors.permanant: unknown field, did you mean \"permanent\"?", "errors.transient[0]: must be a string",
            "errors.transient[1]: has 1 to 128 bytes"),
        Case(
            #"{"tasks":[{"task_id":"a","handler":"h"}],"input_schema":[]}"#,
            "input_schema: must be an object or a boolean"),
        Case(
            #"{"tasks":[{"task_id":"a","handler":"h"}],"task":[],"timeuot":5,"xyzzy":1}"#,
            "task: unknown field, did you mean \"tasks\"?", "timeuot: unknown field, did you mean \"timeout\"?",
            "xyzzy: unknown field"),
        Case(#"{"tasks":[{"task_id":"a","handler":"h"}],"timeout":1,"timeout":2}"#, "timeout: given twice"),
        Case(
            #"{"tasks":[{"task_id":"a","handler":"h"}],"output":"\u0000"}"#,
            "output: holds \\u0000, half a surrogate pair, or a number too large to store"),
    ]

    static let fields: [Case] = [
        Case(#","depend_on":[]"#, "tasks[0].depend_on: unknown field, did you mean \"depends_on\"?"),
        Case(#","handler":"x""#, "tasks[0].handler: given twice"),
        Case(#","depends_on":"a""#, "tasks[0].depends_on: must be an array"),
        Case(#","depends_on":[1]"#, "tasks[0].depends_on[0]: must be a string"),
        Case(#","depends_on":["b"]"#, "tasks[0].depends_on[0]: there is no task \"b\""),
        Case(#","depends_on":["zebra"]"#, "tasks[0].depends_on[0]: there is no task \"zebra\""),
        Case(#","depends_on":["a"]"#, "tasks[0].depends_on: closes a cycle: a → a"),
        Case(#","max_retries":-1"#, "tasks[0].max_retries: must be a whole number from 0 to 1000"),
        Case(#","max_retries":1.5"#, "tasks[0].max_retries: must be a whole number from 0 to 1000"),
        Case(#","timeout":"5""#, "tasks[0].timeout: must be a number from 0.001 to 31536000"),
        Case(#","timeout":1e9"#, "tasks[0].timeout: must be a number from 0.001 to 31536000"),
        Case(
            #","on_failure":"degraded""#,
            "tasks[0].on_failure: must be \"fail\" or \"degrade\", did you mean \"degrade\"?"),
        Case(#","on_failure":true"#, "tasks[0].on_failure: must be a string"),
        Case(#","pool":"gpu""#, "tasks[0].pool: \"gpu\" is not one of the pools (ORCHESTRATOR_POOLS): default"),
        Case(
            #","pool":"defualt""#,
            "tasks[0].pool: \"defualt\" is not one of the pools (ORCHESTRATOR_POOLS): default, "
                + "did you mean \"default\"?"
        ),
        Case(#","segment":"no""#, "tasks[0].segment: must be true or false"),
        Case(#","validates":"a""#, "tasks[0].validates: \"a\" is not one of its dependencies"),
        Case(#","validates":"q""#, "tasks[0].validates: there is no task \"q\""),
        Case(#","requires":["a.x"]"#, "tasks[0].requires[0]: \"a\" is not an ancestor: it reads its own output"),
        Case(
            #","requires":["a..x"]"#,
            "tasks[0].requires[0]: must be a task's id and a path in its output, such as fetch.body"),
        Case(#","requires":["nowhere.x"]"#, "tasks[0].requires[0]: there is no task \"nowhere\""),
        Case(#","requires":"a.x""#, "tasks[0].requires: must be an array"),
        Case(
            #","inputs":1e999999"#,
            "tasks[0].inputs: holds \\u0000, half a surrogate pair, or a number too large to store"),
        Case(
            #","inputs":"\ud800""#,
            "tasks[0].inputs: holds \\u0000, half a surrogate pair, or a number too large to store"),
        Case(
            #","retry":{"delays":[1],"first":1}"#,
            "tasks[0].retry: has both delays and first, base or max_delay; only one of the two ways can be used"),
        Case(#","retry":{"delays":[1,-1]}"#, "tasks[0].retry.delays[1]: must be a number from 0 to 31536000"),
        Case(#","retry":{"delays":10}"#, "tasks[0].retry.delays: must be an array"),
        Case(#","retry":{"first":"1"}"#, "tasks[0].retry.first: must be a number from 0 to 31536000"),
        Case(#","retry":{"base":0.5}"#, "tasks[0].retry.base: must be a number from 1 to 100"),
        Case(#","retry":{"max_delay":-1}"#, "tasks[0].retry.max_delay: must be a number from 0 to 31536000"),
        Case(#","retry":{"jitter":2}"#, "tasks[0].retry.jitter: must be a number from 0 to 1"),
        Case(#","retry":{"budget":null,"jiter":0}"#, "tasks[0].retry.jiter: unknown field, did you mean \"jitter\"?"),
        Case(#","inputs":"${input.a""#, "tasks[0].inputs: a \"${\" is not closed; \"$${\" stands for itself"),
        Case(
            #","inputs":{"x":["${inputs.a}"]}"#,
            "tasks[0].inputs.x[0]: \"${inputs.a}\" starts with none of them (input, context, tasks, run), "
                + "did you mean \"input\"?"
        ),
        Case(#","inputs":"${}""#, "tasks[0].inputs: \"${}\" is not a path such as input.name or tasks.ID.output.name"),
        Case(
            #","inputs":"${run.runid}""#,
            "tasks[0].inputs: \"${run.runid}\": run has only ids (run_id, flow_id, session_id, correlation_id, "
                + "tenant_id, user_id), did you mean \"run_id\"?"
        ),
        Case(
            #","inputs":"${tasks.a.result}""#,
            "tasks[0].inputs: \"${tasks.a.result}\": only tasks.ID.output can be read of a task"),
        Case(
            #","inputs":"${tasks.b.output}""#,
            "tasks[0].inputs: \"${tasks.b.output}\" names the unknown task \"b\""),
        Case(#","inputs":"${tasks.a.output}""#, "tasks[0].inputs: \"a\" is not an ancestor: it reads its own output"),
        Case(
            #","inputs":"${input.a ?? x}""#,
            "tasks[0].inputs: the default of \"${input.a}\" is not a JSON value (texts take quotes)"),
    ]

    @Test(arguments: wholes) func `a wrong definition is refused with its problems`(_ example: Case) {
        let problems = Definitions.problems(example.definition)
        #expect(problems.count == example.problems.count, "\(problems)")
        for (found, expected) in zip(problems, example.problems) { #expect(found.hasPrefix(expected)) }
    }

    @Test(arguments: fields) func `a wrong field of a task is refused with its path`(_ example: Case) {
        #expect(Definitions.problems(Definitions.one(example.definition)) == example.problems)
    }

    @Test(arguments: ["", "a b", "a.b", "ä", "a/b", String(repeating: "a", count: 256)])
    func `an id of a task has its own alphabet`(_ id: String) {
        let problems = Definitions.problems(#"{"tasks":[{"task_id":"\#(id)","handler":"h"}]}"#)
        #expect(problems == ["tasks[0].task_id: must have 1 to 255 characters out of A-Z, a-z, 0-9, _ and -"])
    }

    @Test func `an id used twice names the task that has it`() {
        let problems = Definitions.problems(Definitions.graph(["a": [], "b": ["a"], "a": []]))
        #expect(problems == ["tasks[2].task_id: \"a\" is the id of tasks[0] already"])
    }

    @Test func `all problems come at once`() {
        let problems = Definitions.problems(
            #"""
            {"flow_id":"x y","tasks":[{"task_id":"fetch","handler":"http","inputs":{"url":"${imput.url}"}},
            {"task_id":"sum","handler":"","depends_on":["fetsh"],"pool":"none"},
            {"task_id":"one","handler":"h","depends_on":["two"]},{"task_id":"two","handler":"h","depends_on":["one"]}],
            "output":"${tasks.som.output}"}
            """#)
        #expect(
            problems.map { $0.prefix { $0 != ":" } } == [
                "flow_id", "tasks[1].handler", "tasks[1].pool", "tasks[1].depends_on[0]", "tasks[3].depends_on",
                "tasks[0].inputs.url", "output",
            ])
    }

    @Test func `a name the flow is asked for by must be its own`() {
        let text = #"{"flow_id":"a","tasks":[{"task_id":"t","handler":"h"}]}"#
        #expect(Definitions.problems(text, as: "b") == ["flow_id: is \"a\", but the flow is asked for as \"b\""])
        #expect(Definitions.problems(text, as: "a") == [])
        #expect(Definitions.problems(Definitions.one(""), as: "b") == [])
    }

    @Test func `pools come from the settings, and any pool will do for what was accepted before`() {
        let text = Definitions.one(#","pool":"gpu""#)
        let settings = FlowSettings(pools: ["default", "gpu"])
        #expect(Definitions.problems(text, settings: settings) == [])
        #expect(Definitions.problems(text, settings: FlowSettings().anyPool) == [])
    }

    @Test func `problems in one line are at most ten`() {
        let problems = FlowProblems(problems: (0..<12).map { FlowProblem(path: "p\($0)", message: "m") })
        #expect("\(problems)".hasSuffix("p9: m; and 2 more"))
    }

    @Test func `a template may name ancestors only`() {
        let text = #"""
            {"tasks":[{"task_id":"a","handler":"h"},{"task_id":"b","handler":"h","depends_on":["a"]},
            {"task_id":"c","handler":"h","depends_on":["b"],"inputs":{"x":"${tasks.a.output}","y":"${tasks.d.output}"},
             "requires":["d.x"]},
            {"task_id":"d","handler":"h"}]}
            """#
        #expect(
            Definitions.problems(text) == [
                "tasks[2].inputs.y: \"d\" is not an ancestor: \"c\" does not depend on it, directly or through others",
                "tasks[2].requires[0]: \"d\" is not an ancestor: \"c\" does not depend on it, directly or "
                    + "through others",
            ])
    }
}
