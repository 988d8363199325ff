import Foundation
import TestSupport
import Testing

/// Tasks that take long, executors that die of their tasks, and stops in the middle of work.
extension Scenarios {
    @Suite struct HeldTasks {
        private static let quick = [
            "EXECUTOR_HOLD_AFTER": "1", "EXECUTOR_SHUTDOWN_GRACE": "1", "ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": "3",
            "EXECUTOR_TEST_HANDLERS": "1",
        ]

        private func with(
            _ name: String, executors: Int = 1, retryWorkers: Int = 0, settings: [String: String] = [:],
            _ body: (Fleet, ExecutionLedger) throws -> Void
        ) throws {
            let ledger = ExecutionLedger()
            let all = Self.quick.merging(["EXECUTOR_TEST_LEDGER": ledger.path]) { $1 }.merging(settings) { $1 }
            try Fleet.with(
                name, orchestrators: 1, executors: executors, retryWorkers: retryWorkers, settings: all
            ) { fleet in try body(fleet, ledger) }
        }

        private func sleep(_ id: String, _ milliseconds: Int, more: [String: JSONTree] = [:]) -> JSONTree {
            Flows.task(id, "sleep", inputs: ["ms": .number(Double(milliseconds))], more: more)
        }

        private func inUse(_ executor: FleetProcess) -> Int { executor.gauge("executor_slots_in_use") ?? 0 }

        @Test func `a task longer than its hold holds nobody up, and a rebalance does not run it again`() throws {
            try with("held") { fleet, ledger in
                try fleet.produce([Flows.request("long", flow: Flows.flow([sleep("nap", 12_000)]))])
                try fleet.wait(
                    for: "select count(*) from task_execution_history where status = 'running'", atLeast: 1)
                let row = try #require(try fleet.tasks(of: "long")["nap"])
                #expect(row.worker_id != nil)
                // Twice as many as a partition's window: they could not pass one that is unfinished.
                try fleet.produce((0..<50).map { Flows.request("quick\($0)", flow: Flows.chain(3)) })
                try fleet.waitForRuns(50, seconds: 20)
                try fleet.startExecutor()
                try fleet.waitUntilSettled()
                try fleet.produce((50..<60).map { Flows.request("quick\($0)", flow: Flows.chain(3)) })
                let run = try fleet.waitForRun("long", seconds: 40)
                #expect(run.status == "completed")
                try fleet.waitForRuns(61)
                let after = try fleet.tasks(of: "long")["nap"]
                #expect(ledger.starts(of: "long", "nap") == 1)
                #expect(after?.attempts == 1)
            }
        }

        @Test func `a stop is quick, hands the rest back, and it goes on elsewhere as the same attempt`() throws {
            try with("handback", executors: 2, retryWorkers: 1) { fleet, ledger in
                let tasks = (0..<8).map { sleep("nap\($0)", 6_000) }
                try fleet.produce([Flows.request("run", flow: Flows.flow(tasks))])
                let areStarted = Waiting.until(20) { ledger.count == 8 }
                #expect(areStarted)
                let busiest = fleet.executors.max { inUse($0) < inUse($1) }
                let first = try #require(busiest)
                let began = ContinuousClock.now
                let status = first.terminate(within: 15)
                #expect(status == 0)
                let seconds = (ContinuousClock.now - began).seconds
                print("figure: handback: the stop took \(seconds) s")
                #expect(seconds < 8)
                fleet.forget(first)
                let run = try fleet.waitForRun("run", seconds: 60)
                #expect(run.status == "completed")
                let attempts = try fleet.tasks(of: "run").values.map(\.attempts)
                #expect(attempts == Array(repeating: 1, count: 8))
                let again = ledger.count - 8
                print("figure: handback: \(again) tasks were started again")
                #expect(again > 0)
            }
        }

        @Test func `a task that kills its executor is started three times, and all others complete`() throws {
            try with("poison", executors: 2, retryWorkers: 1) { fleet, ledger in
                try fleet.produce([
                    Flows.request(
                        "bad", flow: Flows.flow([Flows.task("end", "crash")] + (0..<6).map { sleep("nap\($0)", 1_500) })
                    )
                ])
                try fleet.produce((0..<40).map { Flows.request("good\($0)", flow: Flows.chain(3)) })
                var deaths = 0
                let isOver = Waiting.until(150, every: 0.2) {
                    for dead in fleet.executors where !dead.isRunning {
                        deaths += 1
                        fleet.forget(dead)
                        _ = try? fleet.startExecutor()
                    }
                    return fleet.number("select count(*) from flow_run_history where \(Fleet.ended)") == 41
                }
                #expect(isOver)
                print("figure: poison: \(deaths) executors died")
                #expect(deaths == 3)
                #expect(ledger.starts(of: "bad", "end") == 3)
                let tasks = try fleet.tasks(of: "bad")
                #expect(tasks["end"]?.status == "failed")
                let others = tasks.filter { $0.key != "end" }.map(\.value.status)
                #expect(others == Array(repeating: "succeeded", count: 6))
                let letters = try fleet.read(.deadLetters).map(\.value)
                let reasons = letters.compactMap { $0["reason"]?.string }
                #expect(reasons == ["poison"])
                #expect(letters.first?["task_id"]?.string == "end")
                let good = "select count(*) from flow_run_history where status = 'completed' and run_id like 'good%'"
                #expect(fleet.number(good) == 40)
            }
        }

        @Test func `handlers that misbehave cost their own tasks only`() throws {
            try with("misbehave", settings: ["EXECUTOR_SLOTS": "8"]) { fleet, _ in
                let limit: [String: JSONTree] = ["timeout": 1, "max_retries": 0]
                let bad = [
                    Flows.task("block", "block", inputs: ["ms": 20_000], more: limit),
                    Flows.task("stubborn", "stubborn", inputs: ["ms": 20_000], more: limit),
                    Flows.task("flood", "flood", inputs: ["bytes": 5_000_000], more: ["max_retries": 0]),
                ]
                try fleet.produce((0..<4).map { Flows.request("bad\($0)", flow: Flows.flow(bad)) })
                try fleet.produce((0..<40).map { Flows.request("good\($0)", flow: Flows.chain(5)) })
                try fleet.waitForRuns(44, seconds: 40)
                let good = "select count(*) from flow_run_history where status = 'completed' and run_id like 'good%'"
                #expect(fleet.number(good) == 40)
                for run in 0..<4 {
                    let tasks = try fleet.tasks(of: "bad\(run)")
                    #expect(tasks["block"]?.error_class == "timeout")
                    #expect(tasks["stubborn"]?.error_class == "timeout")
                    let words = tasks["flood"]?.error_message ?? ""
                    #expect(words.contains("too_large"), "\(words)")
                }
                let executor = fleet.executors[0]
                #expect(executor.isRunning)
                #expect((executor.gauge("executor_handlers_abandoned_total") ?? 0) == 8)
            }
        }

        @Test func `a running handler hears within a second or two that its run is cancelled`() throws {
            try with("told") { fleet, ledger in
                try fleet.produce([Flows.request("run", flow: Flows.flow([sleep("nap", 60_000)]))])
                let isStarted = Waiting.until(20) { ledger.count == 1 }
                #expect(isStarted)
                let executor = fleet.executors[0]
                try fleet.produce([
                    ["event_type": "flow_run_cancel_requested", "run_id": "run", "request_id": "c1"]
                ])
                try fleet.waitForRun("run", seconds: 20)
                let began = ContinuousClock.now
                let isTold = Waiting.until(5, every: 0.02) { executor.gauge("executor_slots_in_use") == 0 }
                print("figure: told: after \((ContinuousClock.now - began).seconds) s")
                #expect(isTold)
                #expect(ContinuousClock.now - began < .seconds(1.5))
            }
        }

        @Test func `exec runs what is allowed and says why not otherwise`() throws {
            try with("exec", settings: ["EXECUTOR_EXEC_ALLOW": "/bin/sh"]) { fleet, _ in
                let hello: JSONTree = [
                    "program": "/bin/sh", "arguments": ["-c", "read x; echo hello $x"], "stdin": "you",
                ]
                try fleet.produce([
                    Flows.request("yes", flow: Flows.flow([Flows.task("say", "exec", inputs: hello)])),
                    Flows.request(
                        "no",
                        flow: Flows.flow([Flows.task("say", "exec", inputs: ["program": "/bin/ls"])])),
                    Flows.request(
                        "long",
                        flow: Flows.flow([
                            Flows.task(
                                "say", "exec",
                                inputs: [
                                    "program": "/bin/sh", "arguments": ["-c", "trap '' TERM; while :; do :; done"],
                                ],
                                more: ["timeout": 1, "max_retries": 0])
                        ])),
                ])
                try fleet.waitForRuns(3, seconds: 30)
                let said = try fleet.tasks(of: "yes")["say"]
                #expect(said?.output_data?["stdout"]?.string == "hello you\n")
                let refused = try fleet.tasks(of: "no")["say"]
                #expect(refused?.error_message?.contains("EXECUTOR_EXEC_ALLOW") == true)
                let late = try fleet.tasks(of: "long")["say"]
                #expect(late?.error_class == "timeout")
            }
        }
    }
}
