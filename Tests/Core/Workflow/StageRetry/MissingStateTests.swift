import JSON
import Testing

@testable import Workflow

/// What a plan finds missing before anything starts, and which newer definitions the reused part fits.
@Suite struct MissingStateTests {
    private func plan(_ last: String, output: String, more: String = "") throws -> PlanBuilder {
        let tasks = [stageTask("a"), stageTask("b", after: ["a"], last)].joined(separator: ",")
        return try PlanBuilder(tasks, ["a succeeded \(output)", "b failed"], from: "b", more: more)
    }

    @Test(arguments: [
        (#","requires":["a.text"]"#, "missing b requires a.text"),
        (#","inputs":{"t":"${tasks.a.output.x}"}"#, "missing b needs ${tasks.a.output.x}"),
        (#","inputs":"say ${tasks.a.output.x ?? \"-\"}""#, ""),
        (#","inputs":"${input.nothing}""#, "missing b needs ${input.nothing}"),
        (#","inputs":"${input.url} ${context.env}""#, ""),
        (#","inputs":"${context.nothing}""#, "missing b needs ${context.nothing}"),
        (#","inputs":"${run.run_id}""#, ""),
    ])
    func `paths that lead nowhere are listed`(_ more: String, _ missing: String) throws {
        let found = try plan(more, output: #"{"text":null}"#)
        #expect(found.line == "reuse a; run b" + (missing.isEmpty ? "" : "; " + missing))
        let refusal = try found.make().get().refusal
        #expect(refusal?.code == (missing.isEmpty ? nil : .missingState))
    }

    @Test func `the run's own output is part of what must be there`() throws {
        let found = try plan("", output: "{}", more: #","output":{"x":"${tasks.a.output.x}"}"#)
        #expect(found.line == "reuse a; run b; missing the run's output needs ${tasks.a.output.x}")
    }

    @Test func `an output that is not kept is missing where it is read`() throws {
        let tasks = [stageTask("a"), stageTask("b", after: ["a"])].joined(separator: ",")
        let found = try PlanBuilder(tasks, ["a succeeded", "b failed"], from: "b")
        #expect(found.line == "reuse a; run b; missing b needs the output of a, which is not kept")
    }

    @Test func `what only degrades below the stage stands in nobody's way`() throws {
        let tasks = [
            stageTask("a"), stageTask("b", after: ["a"]),
            stageTask("c", after: ["b", "a"], #","requires":["a.x"],"on_failure":"degrade""#),
        ].joined(separator: ",")
        let rows = ["a succeeded {}", "b failed", "c skipped"]
        #expect(try PlanBuilder(tasks, rows, from: "b").line == "reuse a; run b c")
        let strict = tasks.replacing(#","on_failure":"degrade""#, with: "")
        #expect(try PlanBuilder(strict, rows, from: "b").line == "reuse a; run b c; missing c requires a.x")
    }

    private static let mismatch = "definition_mismatch: the reused part does not fit the newer definition: "
    private static let a = stageTask("a")
    private static let b = stageTask("b", after: ["a"])
    /// Tasks of a newer definition, and what comes of a retry by it.
    private static let newer: [([String], String)] = [
        ([a, stageTask("b", after: ["a"], #","inputs":"${input}""#)], "reuse a; run b"),
        ([stageTask("a", #","inputs":{"changed":1}"#), b], mismatch + "a has other inputs"),
        ([#"{"task_id":"a","handler":"other"}"#, b], mismatch + "a has another handler: other"),
        (
            [a, stageTask("new"), stageTask("b", after: ["a", "new"])],
            mismatch + "new is new and not below the stage"
        ),
        ([a, b, stageTask("end", after: ["b"])], "reuse a; run b end"),
        ([a], "unknown_stage: the run has no stage b; it has a"),
        ([stageTask("b")], "reuse ; run b"),
    ]

    @Test(arguments: newer)
    func `a newer definition may change what runs again, not what is reused`(_ tasks: [String], _ expected: String)
        throws
    {
        let plan = try plan("", output: "1")
        let latest = try PlanBuilder.compile(tasks.joined(separator: ","))
        #expect(plan.changed { $0.latest = latest }.line == expected)
    }

    @Test func `the plan's version changes with everything it rests on`() throws {
        let plan = try plan("", output: "1")
        let version = try plan.make().get().version
        #expect(try plan.make().get().version == version)
        let others = try [
            plan.changed { $0.parent.run.state.control.endings += 1 },
            plan.changed { $0.parent.run.state.updatedAt += 1 },
            plan.changed { $0.wish.inputPatch = Array(#"{"u":1}"#.utf8)[...] },
            plan.changed { $0.wish.outputOverrides = Array(#"{"a":2}"#.utf8)[...] },
        ].map { try $0.make().get().version }
        #expect(Set(others + [version]).count == 5)
    }
}
