import TestSupport
import Testing

/// Item 3: whatever comes twice, late, in the wrong order or for nobody counts once and is no error loop.
extension Scenarios {
    @Suite struct Duplicates {
        @Test func `the same request three times, also at once on all partitions, is one run`() throws {
            try Fleet.with("thrice") { fleet in
                let same = Flows.request("same", flow: Flows.chain(3))
                for partition in [0, 1, 2, 3, 0, 0] { try fleet.produce([same], partition: partition) }
                let others = (0..<100).map { Flows.request("other\($0)", flow: Flows.chain(2)) }
                for partition in 0..<4 { try fleet.produce(others, partition: partition) }
                try fleet.waitForRuns(101)
                var runs = ["same": ExpectedHistory.Run.completed(["t0", "t1", "t2"], output: ["n": 0, "last": "t2"])]
                for number in 0..<100 { runs["other\(number)"] = .completed(["t0", "t1"]) }
                try expectNothingWrong(fleet, ExpectedHistory(runs: runs))
            }
        }

        @Test func `results repeated, reordered, late and for nobody count once`() throws {
            try Fleet.with("results", executors: 0) { fleet in
                let flow = Flows.flow([
                    Flows.task("a", "other.work"), Flows.task("b", "other.work", after: ["a"]),
                ])
                try fleet.produce([Flows.request("run", flow: flow)])
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 1)
                func done(_ run: String, _ task: String, _ output: JSONTree, attempt: Int? = 0) -> JSONTree {
                    var event: [String: JSONTree] = [
                        "run_id": .string(run), "task_id": .string(task), "output": output,
                    ]
                    event["attempt"] = attempt.map { .number(Double($0)) }
                    return .object(event)
                }
                let strangers = [
                    done("run", "nobody", 1), done("unknown", "a", 1), done("run", "a", "early", attempt: 7),
                    ["run_id": "run", "task_id": "a", "error": "invalid", "attempt": 9],
                ]
                for partition in 0..<4 { try fleet.produce(strangers, to: .taskDone, partition: partition) }
                // The first counted result wins; the same again, another value, and a failure change nothing.
                for partition in [1, 1, 0, 2] {
                    try fleet.produce([done("run", "a", "first")], to: .taskDone, partition: partition)
                }
                try fleet.wait(for: "select count(*) from task_execution_history", atLeast: 1)
                try fleet.produce([done("run", "a", "second")], to: .taskDone)
                try fleet.produce([["run_id": "run", "task_id": "a", "error": "invalid"]], to: .taskFailed)
                try fleet.produce([done("run", "b", "end")], to: .taskDone)
                let run = try fleet.waitForRun("run")
                try fleet.produce([done("run", "b", "late"), done("run", "a", "late")], to: .taskDone)
                try fleet.produce([["run_id": "run", "task_id": "b", "error": "invalid"]], to: .taskFailed)
                let history = try fleet.history()
                #expect(run.status == "completed")
                #expect(history.unread == 0)
                #expect(history.runs.map(\.status) == ["completed"])
                let outputOfA = history.tasks.first { $0.task_id == "a" }?.output_data
                #expect(outputOfA == "first")
                let outputOfB = history.tasks.first { $0.task_id == "b" }?.output_data
                #expect(outputOfB == "end")
                #expect(history.tasks.count == 2)
                #expect(history.deadLetters.isEmpty)
            }
        }
    }
}
