import JSON

@testable import Workflow

/// Makes definitions and compiles them.
enum Definitions {
    static func compile(
        _ text: String, as flowID: Identifier? = nil, settings: FlowSettings = FlowSettings()
    ) -> Result<Flow, FlowProblems> {
        Flow.compile(Array(text.utf8)[...], flowID: flowID, settings: settings)
    }

    /// Every problem as `path: message`.
    static func problems(
        _ text: String, as flowID: Identifier? = nil, settings: FlowSettings = FlowSettings()
    ) -> [String] {
        switch compile(text, as: flowID, settings: settings) {
        case .success: []
        case .failure(let found): found.problems.map(\.description)
        }
    }

    /// A flow of one task with these fields besides id and handler.
    static func one(_ fields: String) -> String { #"{"tasks":[{"task_id":"a","handler":"echo"\#(fields)}]}"# }

    /// A flow of echo tasks, each named with its dependencies.
    static func graph(_ tasks: KeyValuePairs<String, [String]>) -> String { flow(tasks.map { ($0.key, $0.value) }) }

    static func flow(_ tasks: [(String, [String])]) -> String {
        let texts = tasks.map { id, dependencies in
            let list = dependencies.map { "\"\($0)\"" }.joined(separator: ",")
            return #"{"task_id":"\#(id)","handler":"echo","depends_on":[\#(list)]}"#
        }
        return #"{"tasks":[\#(texts.joined(separator: ","))]}"#
    }
}

/// A run for templates, told in JSON texts.
struct Scene: TemplateScope {
    var input = JSONValue(trusted: Array("{}".utf8)[...])
    var context = JSONValue(trusted: Array("{}".utf8)[...])
    var outputs: [Int: JSONValue] = [:]
    var runID: Identifier = "run-1"
    var flowID: Identifier = "report"
    var sessionID: Identifier = "session-1"
    var correlationID: Identifier = "correlation \"1\""
    var tenantID: Identifier = "default"
    var userID: Identifier = "anonymous"

    init(input: String = "{}", context: String = "{}", outputs: [Int: String] = [:]) throws {
        self.input = try Self.value(input)
        self.context = try Self.value(context)
        self.outputs = try outputs.mapValues(Self.value)
    }

    func output(of task: Int) -> JSONValue? { outputs[task] }

    static func value(_ text: String) throws -> JSONValue { try JSONValue(validating: Array(text.utf8)[...]) }
}
