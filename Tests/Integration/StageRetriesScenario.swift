import Foundation
import TestSupport
import Testing

/// Retries from a stage end to end: asked for on the command line, made by the lanes, counted by the executors.
extension Scenarios {
    @Suite struct StageRetries {
        /// a → b → c, and d beside them; b fails until a file says that it is well again.
        private func flow() -> JSONTree {
            Flows.flow(
                [
                    Flows.task("a", inputs: ["v": "a"]),
                    Flows.task(
                        "b", "fail", after: ["a"],
                        inputs: [
                            "times": "${input.failures}", "error": "invalid", "output": ["v": "${tasks.a.output.v}b"],
                        ], more: ["max_retries": 0]),
                    Flows.task("c", after: ["b"], inputs: ["v": "${tasks.b.output.v}c"]),
                    Flows.task("d", inputs: ["v": "d"]),
                ], output: ["v": "${tasks.c.output.v}", "d": "${tasks.d.output.v}"])
        }

        private func json(_ result: CommandResult) throws -> JSONTree {
            try JSONDecoder().decode(JSONTree.self, from: Data(result.output))
        }

        @Test func `a run is planned, retried from its failed stage, and its tree is shown; nothing is paid twice`()
            throws
        {
            let ledger = ExecutionLedger()
            let settings = ["EXECUTOR_TEST_LEDGER": ledger.path]
            try Fleet.with("stage", orchestrators: 2, executors: 1, settings: settings) { fleet in
                try fleet.produce([Flows.request("p", flow: flow(), input: ["failures": 9])])
                #expect(try fleet.waitForRun("p").status == "failed")
                let plan = try json(fleet.command("run", "retry", "p", "--from", "b", "--plan", "-o", "json"))
                let reused = plan["reused"]?.array?.compactMap { $0["task_id"]?.string }
                #expect(reused == ["a", "d"])
                #expect(plan["again"] == ["b", "c"])
                let early = try fleet.command("run", "retry", "p", "--from", "c")
                #expect(early.status == 7)
                #expect(early.errors.contains("stage_never_executed: stage c never executed: b"))
                #expect(try fleet.command("run", "retry", "nobody", "--from", "c").status == 3)
                // Its failing stage fails again: the patch does not help it.
                let first = try fleet.command("run", "retry", "p", "--from", "b", "--run-id", "k1")
                #expect(first.status == 0, "\(first.errors)")
                #expect(try fleet.waitForRun("k1").status == "failed")
                let second = try fleet.command(
                    "run", "retry", "k1", "--from", "b", "--run-id", "k2", "--input-patch", #"{"failures": 0}"#,
                    "--reason", "mended", "--actor", "ann")
                #expect(second.status == 0, "\(second.errors)")
                let run = try fleet.waitForRun("k2")
                #expect(run.status == "completed" && run.output_data == ["v": "abc", "d": "d"])
                for (id, task, count) in [("p", "a", 1), ("p", "b", 1), ("k1", "b", 1), ("k2", "b", 1), ("k2", "c", 1)]
                {
                    #expect(ledger.starts(of: id, task) == count, "\(id)/\(task)")
                }
                #expect(ledger.count == 6, "\(ledger.lines)")
                try expectTree(fleet)
            }
        }

        private func expectTree(_ fleet: Fleet) throws {
            let shown = try fleet.command("run", "lineage", "k1", "-o", "jsonl")
            let lines = try shown.lines.map { try JSONDecoder().decode(JSONTree.self, from: Data($0.utf8)) }
            let (ids, numbers, reused) = (
                lines.map { $0["run_id"] }, lines.map { $0["run_number"] }, lines.map { $0["reused"] }
            )
            #expect(ids == ["p", "k1", "k2"])
            #expect(numbers == [1, 2, 3])
            #expect(reused == [0, 2, 2])
            #expect(lines[2]["other_input"] == true && lines[2]["other_output"] == true)
            let table = try fleet.command("run", "lineage", "k1", "--columns", "run_id,differs").text
            #expect(table.contains("k2      input, output"), "\(table)")
            let sources = try fleet.rows(
                "select distinct reused_from as source from task_execution_history where run_id = 'k2'",
                as: [String: String?].self)
            let origins = Set(sources.compactMap { $0["source"] ?? nil })
            #expect(origins == ["p"])
            let why = try fleet.command("run", "why", "k2", "a").text
            #expect(why.hasPrefix("task a succeeded in run p, and is reused from there"), "\(why)")
            let audits = fleet.number(
                "select count(*) from audit_log where actor = 'ann' and reason = 'mended'"
            )
            #expect(audits == 2, "the gateway notes that it was asked, the lane what came of it")
        }

        @Test func `of two retries at once one is made, and one that waits in line comes after it`() throws {
            try Fleet.with("two", orchestrators: 2, executors: 1) { fleet in
                let slow = Flows.flow([
                    Flows.task(
                        "a", "fail", inputs: ["times": "${input.n}", "error": "invalid", "delay_ms": 300],
                        more: ["max_retries": 0])
                ])
                try fleet.produce([Flows.request("p", flow: slow, input: ["n": 9])])
                try fleet.waitForRun("p")
                for round in 0..<10 {
                    try fleet.produce(
                        ["x", "y"].map { name in
                            [
                                "event_type": "flow_run_requested", "run_id": .string("\(name)\(round)"),
                                "flow_id": "inline", "parent_run_id": "p", "retry_from_stage": "a",
                            ]
                        })
                    try fleet.wait(
                        for: "select count(*) from audit_log where action = 'flow_run_requested'",
                        atLeast: 2 * (round + 1))
                    let won = fleet.number(
                        "select count(*) from flow_run_history where run_id in ('x\(round)', 'y\(round)')")
                    #expect(won == 1, "round \(round)")
                    try fleet.wait(
                        for: "select count(*) from flow_run_history where live_key is null", atLeast: round + 2)
                }
                let first = try fleet.command("run", "retry", "p", "--from", "a", "--run-id", "z1")
                #expect(first.status == 0, "\(first.errors)")
                let refused = try fleet.command("run", "retry", "p", "--from", "a")
                #expect(refused.status == 5 && refused.errors.contains("live_retry"), "\(refused.errors)")
                let queued = try fleet.command("run", "retry", "p", "--from", "a", "--run-id", "z2", "--queue")
                #expect(queued.status == 0, "\(queued.errors)")
                let run = try fleet.waitForRun("z2")
                #expect(run.status == "failed")
            }
        }
    }
}
