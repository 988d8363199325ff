import Foundation
import TestSupport
import Testing

/// A retry of a whole session as a job: watched, page by page, to its end.
extension Scenarios {
    @Suite struct SessionRetries {
        @Test func `more failed runs than go out at once are all tried again, each with its outcome`() throws {
            try Fleet.with("session-job", orchestrators: 1, executors: 1, retryWorkers: 1) { fleet in
                let gateway = try fleet.startGateway()
                let count = 1_200
                let inputs: JSONTree = ["times": 1, "error": "invalid", "output": 1]
                let failing = Flows.flow([Flows.task("t", "fail", inputs: inputs, more: ["max_retries": 0])])
                #expect(try gateway.call("PUT", "/v1/flows/failing", failing).status == 201)
                try fleet.produce(
                    (0..<count).map { number in
                        [
                            "event_type": "flow_run_requested", "run_id": .string("r\(number)"), "flow_id": "failing",
                            "session_id": "big",
                        ]
                    })
                try fleet.waitForRuns(count)
                let key = ["Idempotency-Key": "once"]
                let made = try gateway.call(
                    "POST", "/v1/sessions/big/retry", ["reason": "mended"], headers: key)
                #expect(made.status == 202 && made["tasks"] == .number(Double(count)), "\(made.text.prefix(300))")
                let place = made.headers["location"] ?? "/"
                let again = try gateway.call("POST", "/v1/sessions/big/retry", ["reason": "mended"], headers: key)
                #expect(again.status == 202 && again["retry_id"] == made["retry_id"])
                _ = Waiting.until(120) { (try? gateway.get(place))?["status"] == "done" }
                let seen = try gateway.get(place)
                #expect(seen["succeeded"] == .number(Double(count)), "\(made.text.prefix(300)) \(place) \(seen.text)")
                #expect(seen["reason"] == "mended")
                let page = try gateway.get("\(place)/items?status=succeeded&limit=200")
                #expect(page["items"]?.array?.count == 200 && page["next_cursor"] != nil)
                #expect(try gateway.call("POST", "\(place)/cancel").status == 409)
                #expect(try gateway.get("/v1/sessions/other/retries").status == 404)
                #expect(try gateway.get("/v1/sessions/big/retries/nobody").status == 404)
                let listed = try gateway.get("/v1/sessions/big/retries")
                #expect(listed["items"]?.array?.count == 1)
                try Self.checkCommands(fleet, made["retry_id"]?.string ?? "?")
                let second = try gateway.call("POST", "/v1/sessions/big/retry")
                #expect(second.status == 409, "nothing is left to retry: \(second.text.prefix(300))")
                let attempts = fleet.number("select count(*) from task_execution_history where attempts = 2")
                #expect(attempts == count)
            }
        }

        /// What the command line says of a job that is over.
        private static func checkCommands(_ fleet: Fleet, _ id: String) throws {
            let list = try fleet.command("session", "retries", "big", "-o", "jsonl")
            #expect(list.lines.count == 1 && list.text.contains(#""reason":"mended""#), "\(list.text)\(list.errors)")
            let one = try fleet.command("session", "retries", "big", id)
            #expect(one.status == 0 && one.text.contains("done"), "\(one.text)\(one.errors)")
            let items = try fleet.command(
                "session", "retries", "big", id, "--items", "--status", "succeeded", "--limit", "5", "-o", "jsonl")
            #expect(items.lines.count == 5 && items.errors.contains("there is more"), "\(items.errors)")
            #expect(try fleet.command("session", "retries", "big", id, "--watch").status == 0)
            let late = try fleet.command("session", "retries", "big", id, "--cancel")
            #expect(late.status == 5 && late.errors.contains("nothing is left to drop"), "\(late.errors)")
            #expect(try fleet.command("session", "retries", "big", "nobody").status == 3)
            let audit = try fleet.command("audit", "list", "--action", "session_retry", "-o", "jsonl")
            #expect(audit.lines.count == 1 && audit.text.contains(#""reason":"mended""#), "\(audit.text)")
        }

        @Test func `a retry that no lane answers is watched, gone on with and cancelled by commands`() throws {
            try Fleet.with("session-still", orchestrators: 1, executors: 1) { fleet in
                let failing = Flows.flow([
                    Flows.task("t", "fail", inputs: ["times": 1, "error": "invalid"], more: ["max_retries": 0])
                ])
                try fleet.produce(
                    ["r1", "r2"].map { run in
                        [
                            "event_type": "flow_run_requested", "run_id": .string(run), "flow_id": "f",
                            "flow_definition": failing, "session_id": "s",
                        ]
                    })
                try fleet.waitForRuns(2)
                let gateway = try fleet.startGateway()
                fleet.settings["FLOWFLEET_URL"] = gateway.url("")
                #expect(fleet.orchestrators[0].terminate(within: 30) == 0)
                let retried = try fleet.command("session", "retry", "s", "--yes", "--timeout", "1", "--request-id", "x")
                #expect(retried.status == 12, "\(retried.errors)")
                #expect(retried.errors.contains("the job goes on: flowfleet session retries s x --watch"))
                let watched = try fleet.command("session", "watch", "s", "--timeout", "2")
                #expect(watched.status == 12, "its runs have ended, but two are to be revived: \(watched.errors)")
                let again = try fleet.command("session", "retries", "s", "x", "--watch", "--timeout", "1")
                #expect(again.status == 12 && again.text.contains("under_way"), "\(again.text)")
                let stage = try fleet.command(
                    "run", "retry", "r1", "--from", "t", "--run-id", "c", "--request-id", "q", "--timeout", "1",
                    "-o", "json")
                #expect(stage.status == 12 && stage.text.contains(#""run_id":"c""#), "\(stage.text)\(stage.errors)")
                #expect(stage.errors.contains("flowfleet run get c"), "\(stage.errors)")
                #expect(stage.errors.contains("--request-id q --run-id c"), "\(stage.errors)")
            }
        }
    }
}
