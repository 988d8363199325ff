import Foundation
import TestSupport
import Testing

/// Sessions end to end: their runs counted, retried in place, paused, resumed and cancelled together.
extension Scenarios {
    @Suite struct Sessions {
        private func request(_ id: String, _ tasks: [JSONTree], session: String = "s") -> JSONTree {
            guard case .object(var event) = Flows.request(id, flow: Flows.flow(tasks)) else { return .null }
            event["session_id"] = .string(session)
            return .object(event)
        }

        /// Fails once; tried again by hand it succeeds.
        private var failing: JSONTree {
            Flows.task("t", "fail", inputs: ["times": 1, "error": "invalid", "output": 1], more: ["max_retries": 0])
        }

        private func record(_ fleet: Fleet, _ words: String...) throws -> JSONTree {
            let answer = try fleet.command(words + ["-o", "json"])
            return try JSONDecoder().decode(JSONTree.self, from: Data(answer.output))
        }

        @Test func `what failed in a session is tried again in place, all of it or nothing`() throws {
            try Fleet.with("session", orchestrators: 2, executors: 1, retryWorkers: 1) { fleet in
                try fleet.produce(
                    (0..<20).map { request("bad\($0)", [failing]) }
                        + (0..<10).map { request("ok\($0)", [Flows.task("t")]) }
                        + [request("other", [failing], session: "elsewhere")])
                try fleet.waitForRuns(31)
                let before = try record(fleet, "session", "get", "s")
                #expect(before["runs"] == 30 && before["by_status"] == ["completed": 10, "failed": 20])
                let wrong = try fleet.command(
                    "session", "retry", "s", "--yes", "--task", "ok1/t", "--task", "bad1/t")
                #expect(wrong.status == 5)
                #expect(wrong.errors.contains("tasks[0]: ok1/t did not fail, it is succeeded"))
                let foreign = try fleet.command("session", "retry", "s", "--yes", "--task", "other/t")
                #expect(foreign.status == 5 && foreign.errors.contains("other/t is no task of the session"))
                #expect(try fleet.command("session", "retry", "nobody", "--yes").status == 3)
                #expect(fleet.number("select count(*) from audit_log") == 0, "nothing started")
                #expect(try fleet.command("session", "retry", "s").status == 2, "nobody can be asked")
                let dry = try fleet.command("session", "retry", "s", "--dry-run", "-o", "jsonl")
                #expect(dry.lines.count == 20, "\(dry.errors)")
                let retried = try fleet.command(
                    "session", "retry", "s", "--yes", "--reason", "mended", "--actor", "ann")
                #expect(retried.status == 0, "\(retried.errors)")
                let watched = try fleet.command("session", "watch", "s", "--timeout", "60")
                #expect(watched.status == 0, "\(watched.text)")
                let attempts = fleet.number(
                    "select count(*) from task_execution_history where run_id like 'bad%' and attempts = 2")
                #expect(attempts == 20)
                let again = try fleet.command("session", "retry", "s", "--yes")
                #expect(again.status == 5 && again.errors.contains("nothing to retry"))
            }
        }

        @Test func `a session is paused, resumed and cancelled as one`() throws {
            try Fleet.with("controls", orchestrators: 2, executors: 0) { fleet in
                let tasks = [Flows.task("a", "other.work"), Flows.task("b", after: ["a"])]
                try fleet.produce((0..<30).map { request("r\($0)", tasks) })
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 30)
                let paused = try record(fleet, "session", "pause", "s", "--yes", "--reason", "later")
                #expect(paused["runs"] == 30 && paused["outcome"] == "done")
                #expect(fleet.number("select count(*) from flow_run_history where status = 'paused'") == 30)
                let again = try fleet.command("session", "pause", "s", "--yes")
                #expect(again.status == 5 && again.errors.contains("goes on that is not paused already"))
                #expect(try record(fleet, "session", "resume", "s", "--yes")["outcome"] == "done")
                let dry = try record(fleet, "session", "cancel", "s", "--dry-run")
                #expect(dry["runs"] == 30 && dry["outcome"] == "nothing")
                #expect(fleet.number("select count(*) from flow_run_history where status = 'running'") == 30)
                #expect(try record(fleet, "session", "cancel", "s", "--yes", "--reason", "wrong")["runs"] == 30)
                let watched = try fleet.command("session", "watch", "s", "--timeout", "30")
                #expect(watched.status == 11, "\(watched.text)\(watched.errors)")
            }
        }
    }
}
