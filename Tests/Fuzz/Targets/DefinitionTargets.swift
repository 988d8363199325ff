import JSON
import Workflow

/// Flow definitions, templates, and what inputs are checked by.
enum DefinitionTargets {
    static let all = [
        FuzzTarget("flow-definition", definition), FuzzTarget("template", template), FuzzTarget("input-schema", schema),
    ]

    private static func definition(_ input: Bytes) -> String? {
        switch Flow.compile(input, flowID: nil, settings: FlowSettings().anyPool) {
        case .failure(let found): return found.problems.isEmpty ? "refused without a problem" : nil
        case .success(let flow): return check(flow)
        }
    }

    /// In an order where everything follows its dependencies; what it renders is JSON.
    private static func check(_ flow: Flow) -> String? {
        if flow.order.sorted() != Array(flow.tasks.indices) { return "the order does not hold every task once" }
        var seen: Set<Int> = []
        for index in flow.order {
            if !flow.tasks[index].dependsOn.allSatisfy(seen.contains) { return "a task before its dependency" }
            seen.insert(index)
        }
        if flow.tasks.count > 200 { return nil }
        return flow.tasks.indices.lazy.compactMap { render(flow, $0) }.first
    }

    private static func render(_ flow: Flow, _ task: Int) -> String? {
        _ = flow.missingRequirements(task: task, FuzzScene())
        var writer = JSONWriter()
        guard (try? flow.renderInputs(task: task, FuzzScene(), to: &writer)) != nil else { return nil }
        return isJSON(writer.bytes[...]) ? nil : "inputs that are not JSON: \(writer.bytes[...].shown)"
    }

    /// The input as one text in the inputs of a task.
    private static func template(_ input: Bytes) -> String? {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("tasks")
        writer.beginArray()
        writer.raw(Bytes(#"{"task_id":"a","handler":"h"}"#))
        writer.beginObject()
        writer.member("task_id", string: "b")
        writer.member("handler", string: "h")
        writer.member("depends_on", raw: Bytes(#"["a"]"#))
        writer.key("inputs")
        writer.beginArray()
        writer.string(input)
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return definition(writer.bytes[...])
    }

    /// A value and a schema, apart at the first 0xFF.
    private static func schema(_ input: Bytes) -> String? {
        let parts = input.split(separator: 0xFF, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let value = try? JSONValue(validating: parts[0]), isJSON(parts[1]) else { return nil }
        let text = Bytes("{\"tasks\":[{\"task_id\":\"a\",\"handler\":\"h\"}],\"input_schema\":") + parts[1] + Bytes("}")
        guard case .success(let flow) = Flow.compile(text, flowID: nil, settings: FlowSettings()) else { return nil }
        return flow.problems(ofInput: value).count <= 40 ? nil : "more problems than anybody reads"
    }
}

/// A run for templates: every root leads somewhere.
struct FuzzScene: TemplateScope {
    var input: JSONValue { JSONValue(trusted: Bytes(#"{"a":[{"a":1}],"n":1.50,"t":"ä\"\u0041"}"#)) }
    var context: JSONValue { JSONValue(trusted: Bytes(#"{"a":null}"#)) }
    var runID: Identifier { "run-1" }
    var flowID: Identifier { "flow" }
    var sessionID: Identifier { "session \"1\"" }
    var correlationID: Identifier { "correlation" }
    var tenantID: Identifier { "default" }
    var userID: Identifier { "anonymous" }
    func output(of task: Int) -> JSONValue? { task % 3 == 2 ? nil : input }
}
