import Foundation
import TestSupport
import Testing

/// What people do to runs: stop them, hold them, let them try again; asked by the command line, done by the lanes.
extension Scenarios {
    @Suite struct Control {
        private func flow(_ tasks: [JSONTree]) -> JSONTree { Flows.flow(tasks) }

        private func redis(_ fleet: Fleet, _ command: String...) throws -> String {
            try Command.succeed("redis-cli", ["-u", fleet.services.redis] + command).text
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }

        private func audits(_ fleet: Fleet) throws -> [String] {
            try fleet.rows(
                "select action || ' ' || outcome || coalesce(': ' || detail, '') as line from audit_log order by id",
                as: [String: String].self
            ).compactMap { $0["line"] }
        }

        @Test func `cancel tells handlers within a second, takes the retry rows, and ignores what comes late`() throws {
            try Fleet.with("cancel", orchestrators: 1, executors: 0) { fleet in
                let tasks = [Flows.task("a", "other.work"), Flows.task("b", "other.work")]
                try fleet.produce([Flows.request("cancel", flow: flow(tasks))])
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 1)
                try fleet.produce(
                    [["run_id": "cancel", "task_id": "b", "error": "connection refused"]], to: .taskFailed)
                try fleet.wait(for: "select count(*) from task_retries", atLeast: 1)
                let answer = try fleet.command("run", "cancel", "cancel", "--reason", "wrong input", "--actor", "ann")
                #expect(answer.status == 0, "\(answer.errors)")
                let key = try Waiting.until(1) { try redis(fleet, "GET", fleet.id + ":run:cancel:cancel") == "1" }
                #expect(key, "no cancel key within a second")
                #expect(fleet.number("select count(*) from task_retries") == 0)
                try fleet.produce([["run_id": "cancel", "task_id": "a"]], to: .taskDone)
                let again = try fleet.command("run", "pause", "cancel")
                #expect(again.status == 5)
                #expect(again.errors.contains("the run has ended: cancelled"))
                let run = try fleet.run("cancel")
                #expect(run?.status == "cancelled")
                let control = try fleet.rows("select control from flow_run_history", as: [String: JSONTree].self)
                #expect(control.first?["control"]?["cancel_actor"] == "ann")
                #expect(control.first?["control"]?["cancel_reason"] == "wrong input")
                #expect(try Set(fleet.tasks(of: "cancel").values.map(\.status)) == ["cancelled"])
            }
        }

        @Test func `a handler that runs is told of a cancel within a second`() throws {
            try Fleet.with("tell", orchestrators: 1, executors: 1) { fleet in
                let task = Flows.task("a", "sleep", inputs: ["ms": 60_000])
                try fleet.produce([Flows.request("tell", flow: flow([task]))])
                let executor = try #require(fleet.executors.first)
                let isOut = Waiting.until(20) { executor.gauge("executor_slots_in_use") == 1 }
                #expect(isOut)
                #expect(try fleet.command("run", "cancel", "tell").status == 0)
                let hasEnded = Waiting.until(1.5) { executor.gauge("executor_slots_in_use") == 0 }
                #expect(hasEnded, "the handler still runs")
            }
        }

        @Test func `a pause parks what is to be tried again, and resume lets it go on`() throws {
            try Fleet.with("pause", orchestrators: 1, executors: 1, retryWorkers: 1) { fleet in
                let inputs: JSONTree = ["times": 1, "error": "connection refused"]
                let retry: JSONTree = ["delays": [3]]
                let task = Flows.task("a", "fail", inputs: inputs, more: ["retry": retry])
                try fleet.produce([Flows.request("pause", flow: flow([task]))])
                try fleet.wait(for: "select count(*) from task_retries", atLeast: 1)
                #expect(try fleet.command("run", "pause", "pause").status == 0)
                #expect(fleet.number("select count(*) from task_retries where due_at = 'infinity'") == 1)
                Waiting.forSeconds(4)
                #expect(try fleet.run("pause")?.status == "paused")
                #expect(try fleet.command("run", "resume", "pause", "--reason", "all clear").status == 0)
                let run = try fleet.waitForRun("pause", seconds: 20)
                #expect(run.status == "completed")
                let control = try fleet.rows("select control from flow_run_history", as: [String: JSONTree].self)
                guard case .array(let pauses)? = control.first?["control"]?["pauses"] else {
                    return #expect(Bool(false), "no pause is kept")
                }
                let reasons = pauses.map { $0["resume_reason"] }
                #expect(reasons == ["all clear"])
            }
        }

        @Test func `run retry lets the failed tasks of a failed run try again, and its dead letters are closed`() throws
        {
            try Fleet.with("retry", orchestrators: 1, executors: 1, retryWorkers: 1) { fleet in
                let inputs: JSONTree = ["times": 1, "error": "invalid once"]
                let tasks = [Flows.task("a", "fail", inputs: inputs), Flows.task("b", after: ["a"])]
                try fleet.produce([Flows.request("retry", flow: flow(tasks))])
                #expect(try fleet.waitForRun("retry").status == "failed")
                try fleet.execute(
                    """
                    insert into dead_letters (message_id, kind, reason, run_id, task_id, attempts, error, failed_at,
                        fingerprint) values ('dl/retry/a/0', 'task', 'permanent', 'retry', 'a', 1, 'invalid once',
                        now(), '') on conflict do nothing
                    """)
                let wrong = try fleet.command("run", "retry", "retry", "--task", "a", "--task", "b")
                #expect(wrong.status == 5)
                #expect(wrong.errors.contains("task b did not fail: skipped"))
                let done = try fleet.command("run", "retry", "retry", "--task", "a", "--request-id", "q1")
                #expect(done.status == 0, "\(done.errors)")
                let run = try fleet.waitForRun("retry", seconds: 20)
                #expect(run.status == "completed")
                #expect(try fleet.tasks(of: "retry")["a"]?.attempts == 2)
                #expect(fleet.number("select count(*) from dead_letters where state = 'redriven'") == 1)
                #expect(fleet.number("select count(*) from flow_run_history where live_key is not null") == 0)
                let late = try fleet.command("run", "retry", "retry")
                #expect(late.status == 5)
                #expect(late.errors.contains("the run has ended: completed"))
                let lines = try audits(fleet)
                #expect(
                    lines == [
                        "task_retry_requested refused: task b did not fail: skipped", "task_retry_requested done",
                        "task_retry_requested refused: the run has ended: completed",
                    ])
            }
        }

        @Test func `a retry is refused while another retry of the run is live`() throws {
            try Fleet.with("live", orchestrators: 1, executors: 1) { fleet in
                let failing = Flows.task("a", "fail", inputs: ["error": "invalid"])
                try fleet.produce([
                    Flows.request("live", flow: flow([failing])), Flows.request("other", flow: flow([Flows.task("a")])),
                ])
                try fleet.waitForRuns(2)
                try fleet.execute("update flow_run_history set live_key = 'live' where run_id = 'other'")
                let refused = try fleet.command("run", "retry", "live")
                #expect(refused.status == 5)
                #expect(refused.errors.contains("another retry of the run is live: other"))
                try fleet.execute("update flow_run_history set live_key = null where run_id = 'other'")
                #expect(try fleet.command("run", "retry", "live").status == 0)
                let run = try fleet.rows(
                    "select live_key from flow_run_history where run_id = 'live'", as: [String: String?].self)
                #expect(run.first?["live_key"] == "live")
            }
        }

        @Test func `commands that race, repeat and come too early are each done once`() throws {
            try Fleet.with("race", orchestrators: 2, executors: 2, retryWorkers: 1) { fleet in
                let runs = (0..<20).map { "race\($0)" }
                let tasks = [Flows.task("a", "sleep", inputs: ["ms": 6000]), Flows.task("b", after: ["a"])]
                for run in runs {
                    let commands = ["pause", "resume", "cancel"].map { kind -> JSONTree in
                        [
                            "event_type": .string("flow_run_\(kind)_requested"), "run_id": .string(run),
                            "request_id": .string("\(run)-\(kind)"),
                        ]
                    }
                    try fleet.produce(commands + commands + [Flows.request(run, flow: flow(tasks))] + commands)
                }
                try fleet.waitForRuns(20, seconds: 60)
                let states = try fleet.rows(
                    "select distinct status from flow_run_history", as: [String: String].self)
                #expect(states.count == 1 && states.first?["status"] == "cancelled")
                try fleet.wait(for: "select count(*) from audit_log", atLeast: 60)
                #expect(fleet.number("select count(*) from audit_log") == 60)
                #expect(fleet.number("select count(*) from pending_commands") == 0)
            }
        }
    }
}
