import JSON
import Testing

@testable import Workflow

/// What a stage retry reuses, runs again and refuses, case by case.
@Suite struct StageRetryPlanTests {
    /// a → b → c, and d beside them.
    static let line = [
        stageTask("a"), stageTask("b", after: ["a"]), stageTask("c", after: ["b"]), stageTask("d"),
    ].joined(separator: ",")
    static let failedAtB = ["a succeeded 1", "b failed", "c skipped", "d succeeded 4"]

    @Test(arguments: [
        (failedAtB, "b", "reuse a d; run b c"),
        (failedAtB, "a", "stage_succeeded: stage a succeeded: there is nothing to try again"),
        (
            failedAtB, "c",
            "stage_never_executed: stage c never executed: b, which it depends on, is failed; retry from b"
        ),
        (failedAtB, "x", "unknown_stage: the run has no stage x; it has a, d, b, c"),
        (["a failed", "b skipped", "c skipped", "d succeeded 4"], "a", "reuse d; run a b c"),
        (
            ["a failed", "b skipped", "c skipped", "d succeeded 4"], "c",
            "stage_never_executed: stage c never executed: a, which it depends on, is failed; retry from a"
        ),
        (["a succeeded 1", "b cancelled", "c cancelled", "d succeeded 4"], "b", "reuse a d; run b c"),
        (
            ["a succeeded 1", "b cancelled", "c cancelled", "d cancelled"], "c",
            "stage_never_executed: stage c never executed: b, which it depends on, is cancelled; retry from b"
        ),
        (["a succeeded 1", "b degraded null", "c succeeded 3", "d succeeded 4"], "b", "reuse a d; run b c"),
        (["a degraded {\"part\":1}", "b failed", "c skipped", "d failed"], "b", "reuse a d; run b c"),
        (["a succeeded 1", "b failed", "c skipped"], "b", "missing_snapshot: rows of run p are not kept: d"),
    ])
    func `a stage runs again with everything below it`(_ rows: [String], _ stage: String, _ expected: String) throws {
        #expect(try PlanBuilder(Self.line, rows, from: stage).line == expected)
    }

    @Test func `what a run must be for any retry`() throws {
        let plan = try PlanBuilder(Self.line, Self.failedAtB, from: "b")
        #expect(
            plan.changed { $0.parent.run.state.status = .running }.line
                == "run_not_ended: run p has not ended: running")
        #expect(plan.changed { $0.parent.run.state.status = .paused }.line.hasPrefix("run_not_ended"))
        #expect(plan.changed { $0.parent.run.state.status = .completed }.line == "reuse a d; run b c")
        #expect(plan.changed { $0.isDefinitionKept = false }.line.hasPrefix("missing_snapshot: the definition"))
        #expect(plan.changed { $0.parent.run.isInputKept = false }.line.hasPrefix("missing_snapshot: what run p"))
        let unsound = plan.changed { ($0.parent.run.definitionSHA256, $0.isDefinitionKept) = ("", false) }
        #expect(unsound.line.hasPrefix("missing_snapshot: run p never had a valid definition"))
    }

    @Test func `a retry of a retry counts its depth, up to the limit`() throws {
        func plan(depth: Int32) throws -> PlanBuilder {
            try PlanBuilder(Self.line, Self.failedAtB, from: "b").changed {
                $0.parent.run.lineage = RunLineage(
                    parentRunID: "o", rootRunID: "r", fromStage: "b", depth: depth)
            }
        }
        #expect(try plan(depth: 9).make().get().depth == 10)
        #expect(try plan(depth: 10).line.hasPrefix("depth_limit: run p is 10 retries deep, the limit is 10"))
    }

    @Test func `a live retry is told with the plan and refuses it`() throws {
        let plan = try PlanBuilder(Self.line, Self.failedAtB, from: "b").changed { $0.live = "other" }.make().get()
        #expect(plan.live == "other")
        #expect(plan.refusal?.code == .liveRetry)
        #expect(plan.refusal?.sentence == "another retry of the run is live: other")
    }

    @Test func `a validator leads back to the stage it validates`() throws {
        let tasks = [
            stageTask("a"), stageTask("make", after: ["a"]),
            stageTask("check", after: ["make"], #","validates":"make""#), stageTask("end", after: ["check"]),
        ].joined(separator: ",")
        let rows = ["a succeeded 1", "make succeeded 2", "check failed", "end skipped"]
        let plan = try PlanBuilder(tasks, rows, from: "check")
        #expect(plan.line == "reuse a; run make check end")
        #expect(try plan.make().get().starts == ["make", "check"])
        let producer = try PlanBuilder(tasks, rows, from: "make").line
        #expect(producer.contains("retry from check, which validates its output"))
    }

    @Test func `a join with another failed branch above it is blocked, and its own branch runs`() throws {
        let tasks = [
            stageTask("a"), stageTask("b"), stageTask("join", after: ["a", "b"]), stageTask("end", after: ["join"]),
        ].joined(separator: ",")
        let rows = ["a failed", "b failed", "join skipped", "end skipped"]
        let plan = try PlanBuilder(tasks, rows, from: "a")
        #expect(
            plan.line == "reuse b; run a; blocked join: it depends on b: failed; "
                + "blocked end: it depends on join: blocked as well")
        let helped = plan.changed { $0.wish.outputOverrides = Array(#"{"b":{"v":1}}"#.utf8)[...] }
        #expect(helped.line == "reuse b; run a join end")
    }

    @Test func `an output given by hand makes a stage that never executed possible`() throws {
        let plan = try PlanBuilder(Self.line, Self.failedAtB, from: "c").changed {
            $0.wish.outputOverrides = Array(#"{"b":5}"#.utf8)[...]
        }
        #expect(plan.line == "reuse a d b; run c")
        let reused = try plan.make().get().reused.first { $0.taskID == "b" }
        #expect(reused?.status == .succeeded)
    }

    @Test(arguments: [
        (#"{"x":1}"#, "invalid_change: output_overrides: the run has no stage x"),
        (#"{"c":1}"#, "invalid_change: output_overrides: stage c runs again itself"),
    ])
    func `an override of something else is refused`(_ overrides: String, _ expected: String) throws {
        let plan = try PlanBuilder(Self.line, Self.failedAtB, from: "b").changed {
            $0.wish.outputOverrides = Array(overrides.utf8)[...]
        }
        #expect(plan.line == expected)
    }

    @Test func `the input is patched and must still fit the schema`() throws {
        let schema = #","input_schema":{"required":["url"]}"#
        let plan = try PlanBuilder(Self.line, Self.failedAtB, from: "b", more: schema)
        let patched = try plan.changed { $0.wish.inputPatch = Array(#"{"n":{"a":null,"b":2}}"#.utf8)[...] }.make().get()
        #expect(JSONValue(trusted: patched.input) == JSONValue(trusted: Array(#"{"url":"x","n":{"b":2}}"#.utf8)[...]))
        let bad = plan.changed { $0.wish.inputPatch = Array(#"{"url":null}"#.utf8)[...] }.line
        #expect(bad.hasPrefix("invalid_change: the patched input does not fit the flow's input_schema"))
    }
}
