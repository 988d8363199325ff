import Foundation
import TestSupport
import Testing

/// The API over a whole fleet: runs, their steering, flows, and what happens when something is away.
extension Scenarios {
    @Suite struct TheGateway {
        private let slow: JSONTree = ["tasks": [["task_id": "a", "handler": "other.work"]]]

        @Test func `a run is asked for, waited for and shown, and what was accepted is never unknown`() throws {
            try Fleet.with("gateway") { fleet in
                let gateway = try fleet.startGateway()
                let made = try gateway.call("PUT", "/v1/flows/report", Flows.chain(3))
                #expect(made.status == 201 && made["version"] == 1)
                #expect(try gateway.call("PUT", "/v1/flows/report", Flows.chain(3)).status == 200)
                let stale = ["If-Match": "\"x\""]
                #expect(try gateway.call("PUT", "/v1/flows/report", Flows.chain(2), headers: stale).status == 412)
                #expect(try gateway.call("PUT", "/v1/flows/report", ["tasks": []], headers: stale).status == 422)
                let body: JSONTree = ["flow_id": "report", "input": ["n": 7], "labels": ["env": "test"]]
                for _ in 0..<20 {
                    let accepted = try gateway.call("POST", "/v1/runs", body)
                    #expect(accepted.status == 202, "\(accepted.text)")
                    let seen = try gateway.get(accepted.headers["location"] ?? "/none")
                    #expect(seen.status == 200, "\(seen.text)")
                }
                let result = try gateway.call("POST", "/v1/runs?wait=10", body)
                #expect(result.status == 200 && result["status"] == "completed", "\(result.text)")
                #expect(result["output"]?["n"] == 7)
                let id = try #require(result["run_id"]?.string)
                let tasks = try gateway.get("/v1/runs/\(id)/tasks?payloads=true").items
                let statuses = tasks.compactMap { $0["status"]?.string }
                #expect(statuses == ["succeeded", "succeeded", "succeeded"])
                let events = try gateway.get("/v1/runs/\(id)/events").items.compactMap { $0["type"]?.string }
                #expect(events.first == "run.created" && events.last == "run.completed" && events.count == 5)
                let first = try gateway.get("/v1/runs?flow=report&label=env%3Dtest&limit=15")
                let cursor = try #require(first["next_cursor"]?.string)
                let rest = try gateway.get("/v1/runs?flow=report&label=env%3Dtest&limit=15&cursor=\(cursor)")
                let ids = (first.items + rest.items).compactMap { $0["run_id"]?.string }
                #expect(ids.count == 21 && Set(ids).count == 21 && rest["next_cursor"] == nil)
            }
        }

        @Test func `without an orchestrator a run is requested, and its id may be used again for the same only`() throws
        {
            try Fleet.with("requested", orchestrators: 0, executors: 0) { fleet in
                let (one, other) = (try fleet.startGateway(), try fleet.startGateway())
                let body: JSONTree = ["run_id": "mine/ü", "flow_id": "inline", "flow_definition": slow]
                #expect(try one.call("POST", "/v1/runs", body).status == 202)
                let seen = try other.get("/v1/runs/mine%2F%C3%BC")
                #expect(seen.status == 200 && seen["status"] == "requested", "\(seen.text)")
                #expect(try other.call("POST", "/v1/runs", body).status == 202)
                #expect(try other.get("/v1/runs/other").status == 404)
                try fleet.startOrchestrator()
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 1)
                #expect(try one.call("POST", "/v1/runs", body).status == 202)
                var changed = body
                changed = .object(["run_id": "mine/ü", "flow_id": "inline", "flow_definition": slow, "input": 1])
                let refused = try one.call("POST", "/v1/runs", changed)
                #expect(refused.status == 409 && refused["code"] == "run_exists", "\(refused.text)")
            }
        }

        @Test func `a run is paused, resumed and cancelled, and the answer is what the lane decided`() throws {
            try Fleet.with("steer", orchestrators: 1, executors: 0) { fleet in
                let gateway = try fleet.startGateway()
                let body: JSONTree = ["run_id": "steer", "flow_id": "inline", "flow_definition": slow]
                #expect(try gateway.call("POST", "/v1/runs", body).status == 202)
                let paused = try gateway.call("POST", "/v1/runs/steer/pause", ["reason": "why not", "actor": "ann"])
                #expect(paused.status == 200 && paused["outcome"] == "done", "\(paused.text)")
                let again = try gateway.call("POST", "/v1/runs/steer/pause")
                #expect(again.status == 409 && again["detail"] == "the run is paused already", "\(again.text)")
                #expect(try gateway.call("POST", "/v1/runs/steer/resume").status == 200)
                let named: JSONTree = ["request_id": "once"]
                #expect(try gateway.call("POST", "/v1/runs/steer/pause", named).status == 200)
                let other = try gateway.call("POST", "/v1/runs/steer/resume", named)
                #expect(other.status == 409 && other.text.contains("was used before"), "\(other.text)")
                #expect(try gateway.call("POST", "/v1/runs/steer/cancel").status == 200)
                #expect(try gateway.get("/v1/runs/steer")["status"] == "cancelled")
                #expect(try gateway.call("POST", "/v1/runs/nobody/cancel").status == 404)
                let events = try gateway.get("/v1/runs/steer/events").items
                let pause = events.first { $0["type"] == "command.flow_run_pause_requested" }
                #expect(pause?["actor"] == "ann" && pause?["detail"] == "why not")
            }
        }

        @Test func `a failed task is given fresh attempts, by its run and by its dead letter`() throws {
            try Fleet.with("redrive", orchestrators: 1, executors: 1, retryWorkers: 1, drainers: 1) { fleet in
                let gateway = try fleet.startGateway()
                let task = Flows.task("a", "fail", inputs: ["error": "invalid", "times": 1])
                let body: JSONTree = ["run_id": "r", "flow_id": "inline", "flow_definition": Flows.flow([task])]
                let failed = try gateway.call("POST", "/v1/runs?wait=10", body)
                #expect(failed["status"] == "failed", "\(failed.text)")
                let isKept = try Waiting.until(20) { try gateway.get("/v1/dead-letters").items.count == 1 }
                #expect(isKept)
                let letter = try #require(try gateway.get("/v1/dead-letters").items.first)
                let id = letter["id"]?.int ?? 0
                let redriven = try gateway.call("POST", "/v1/dead-letters/\(id)/redrive", ["reason": "again"])
                #expect(redriven.status == 200, "\(redriven.text)")
                let ended = try gateway.get("/v1/runs/r/result?wait=10")
                #expect(ended["status"] == "completed", "\(ended.text)")
                let refused = try gateway.call("POST", "/v1/runs/r/tasks/a/redrive")
                #expect(refused.status == 409, "\(refused.text)")
                #expect(try gateway.get("/v1/dead-letters?state=redriven").items.count == 1)
                #expect(try gateway.get("/v1/dead-letters/fingerprints").items.count == 1)
            }
        }

        @Test func `every problem of a request is told at once`() throws {
            try Fleet.with("problems", orchestrators: 0, executors: 0) { fleet in
                let gateway = try fleet.startGateway()
                let answer = try gateway.call("POST", "/v1/runs", ["run_id": 7, "flow_id": "a b", "labels": []])
                #expect(answer.status == 422 && answer.headers["content-type"] == "application/problem+json")
                let pointers = Set((answer["errors"]?.array ?? []).compactMap { $0["pointer"]?.string })
                #expect(pointers == ["/run_id", "/flow_id", "/labels"])
                #expect(answer["request_id"]?.string == answer.headers["x-request-id"])
                let unknown = try gateway.call("POST", "/v1/runs", ["flow_id": "nobody"])
                #expect(unknown.status == 422 && unknown["code"] == "unknown_flow")
                #expect(try gateway.call("DELETE", "/v1/runs").status == 405)
                #expect(try gateway.get("/v1/nothing")["code"] == "not_found")
                #expect(try gateway.get("/v1/runs?limt=3").status == 400)
                let found = try gateway.call("POST", "/v1/flows/validate", ["tasks": []])
                #expect(found.status == 200 && found["valid"] == false)
            }
        }
    }
}
