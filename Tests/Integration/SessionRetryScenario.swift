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
                let second = try gateway.call("POST", "/v1/sessions/big/retry")
                #expect(second.status == 409, "nothing is left to retry: \(second.text.prefix(300))")
                let attempts = fleet.number("select count(*) from task_execution_history where attempts = 2")
                #expect(attempts == count)
            }
        }
    }
}
