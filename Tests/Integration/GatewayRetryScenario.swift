import Foundation
import TestSupport
import Testing

/// Retries from a stage and sessions, asked for over the API.
extension Scenarios {
    @Suite struct GatewayRetries {
        private let flow: JSONTree = Flows.flow([
            Flows.task("a", inputs: ["v": "${input.v}"]),
            Flows.task("b", "fail", after: ["a"], inputs: ["error": "invalid: ${input.v}"]),
            Flows.task("c", after: ["b"], inputs: ["v": "${tasks.b.output.v}"]),
        ])

        @Test func `a retry from a stage reuses what is good, is never unknown, and only one is live`() throws {
            try Fleet.with("from-stage", orchestrators: 1, executors: 1) { fleet in
                let gateway = try fleet.startGateway()
                let run: JSONTree = [
                    "run_id": "parent", "flow_id": "inline", "flow_definition": flow, "input": ["v": "x"],
                ]
                #expect(try gateway.call("POST", "/v1/runs?wait=10", run)["status"] == "failed")
                let plan = try gateway.call("POST", "/v1/runs/parent/retry/plan", ["from_stage": "b"])
                #expect(plan.status == 200 && plan["allowed"] == true, "\(plan.text)")
                #expect(plan["reused"]?.array?.first?["task_id"] == "a")
                let overridden: JSONTree = ["b": ["v": "mended"]]
                let wrong = try gateway.call("POST", "/v1/runs/parent/retry", ["from_stage": "a"])
                #expect(wrong.status == 400 && wrong["code"] == "stage_succeeded", "\(wrong.text)")
                let missing = try gateway.call("POST", "/v1/runs/parent/retry", ["from_stage": "nobody"])
                #expect(missing.status == 400, "\(missing.text)")
                let body: JSONTree = ["from_stage": "b", "reason": "again", "plan_version": plan["plan_version"] ?? ""]
                let made = try gateway.call("POST", "/api/observability/runs/parent/retry", body)
                #expect(made.status == 202 && made["parent_run_id"] == "parent", "\(made.text)")
                let child = made["run_id"]?.string ?? "?"
                #expect(try gateway.get("/v1/runs/\(child)").status == 200)
                let ended = try gateway.get("/v1/runs/\(child)/result?wait=10")
                #expect(ended["status"] == "failed", "\(ended.text)")
                let tree = try gateway.get("/v1/runs/\(child)/lineage?differences=true")
                let ids = (tree["runs"]?.array ?? []).compactMap { $0["run_id"]?.string }
                #expect(ids == ["parent", child], "\(tree.text)")
                let why = try gateway.get("/v1/runs/\(child)/why")
                #expect(why.status == 200 && why["why"]?.string?.contains("b") == true, "\(why.text)")
                let mended = try gateway.call(
                    "POST", "/v1/runs/\(child)/retry", ["from_stage": "b", "output_overrides": overridden])
                #expect(mended.status == 202 || mended.status == 400, "\(mended.text)")
            }
        }

        @Test func `two retries of one run at once: one is made, the other is told of it`() throws {
            try Fleet.with("at-once", orchestrators: 1, executors: 0) { fleet in
                let gateway = try fleet.startGateway()
                let waits = Flows.flow([Flows.task("a", "other.work")])
                let run: JSONTree = ["run_id": "p", "flow_id": "inline", "flow_definition": waits]
                #expect(try gateway.call("POST", "/v1/runs", run).status == 202)
                #expect(try gateway.call("POST", "/v1/runs/p/cancel").status == 200)
                let first = try gateway.call("POST", "/v1/runs/p/retry", ["from_stage": "a"])
                #expect(first.status == 202 && first["outcome"] == "made", "\(first.text)")
                let second = try gateway.call("POST", "/v1/runs/p/retry", ["from_stage": "a"])
                let id = first["run_id"]?.string ?? "?"
                #expect(second.status == 409 && second["code"] == "live_retry", "\(second.text)")
                #expect(second.text.contains(id))
                let named: JSONTree = ["from_stage": "a", "run_id": first["run_id"] ?? "", "request_id": "again"]
                let again = try gateway.call("POST", "/v1/runs/p/retry", named)
                #expect(again.status == 202 && again["outcome"] == "made", "\(again.text)")
                let foreign = try gateway.call("POST", "/v1/runs/\(id)/retry", named)
                #expect(foreign.status == 409 && foreign["code"] == "run_exists", "\(foreign.text)")
                let keyed = try (0..<2).map { _ in
                    try fleet.execute("update idempotency_keys set claimed_until = 'epoch', status = null")
                    return try gateway.call(
                        "POST", "/v1/runs/p/retry", ["from_stage": "a", "queue": true],
                        headers: ["Idempotency-Key": "k"], seconds: 20)
                }
                #expect(keyed[1].status == 202 && keyed[1]["run_id"] == keyed[0]["run_id"], "\(keyed[1].text)")
                let begun = ContinuousClock.now
                let queued = try gateway.call(
                    "POST", "/v1/runs/p/retry", ["from_stage": "a", "queue": true], seconds: 20)
                let took = ContinuousClock.now - begun
                #expect(took < .seconds(4), "its lane has put it in line, and nothing more is waited for: \(took)")
                #expect(queued.status == 202 && queued["outcome"] == "pending", "\(queued.text)")
                let waiting = try gateway.get("/v1/runs/\(queued["run_id"]?.string ?? "?")")
                #expect(waiting.status == 200 && waiting["status"] == "requested", "\(waiting.text)")
            }
        }

        @Test func `a job becomes a session, and what failed of it is tried again in place`() throws {
            try Fleet.with("job", orchestrators: 1, executors: 1, retryWorkers: 1, drainers: 1) { fleet in
                let gateway = try fleet.startGateway(settings: ["GATEWAY_TRIGGER_FLOW": "job"])
                let task = Flows.task(
                    "ask", "fail", inputs: ["times": 1, "error": "invalid", "output": "${input.query}"])
                #expect(try gateway.call("PUT", "/v1/flows/job", Flows.flow([task])).status == 201)
                let job: JSONTree = ["job_id": "j1", "selected_queries": ["one", "two", "three"]]
                let started = try gateway.call("POST", "/orchestrator-trigger", job)
                #expect(started.status == 202, "\(started.text)")
                let session = try #require(started["session_id"]?.string)
                let runs = (started["runs"]?.array ?? []).compactMap { $0["run_id"]?.string }
                #expect(runs.count == 3)
                for run in runs { #expect(try gateway.get("/v1/runs/\(run)").status == 200) }
                try fleet.waitForRuns(3)
                let progress = try gateway.get("/v1/sessions/\(session)")
                #expect(progress["runs"] == 3 && progress["by_status"]?["failed"] == 3, "\(progress.text)")
                #expect(progress["expires_at"]?.string != nil, "\(progress.text)")
                let options: JSONTree = ["retry": true, "session_id": .string(session)]
                let again = try gateway.call(
                    "POST", "/orchestrator-trigger",
                    [
                        "tasks": [.string("\(runs[0])/ask")], "options": options,
                    ])
                #expect(again.status == 202 && again["tasks"] == 1, "\(again.text)")
                let isDone = try Waiting.until(20) { try gateway.get("/v1/runs/\(runs[0])")["status"] == "completed" }
                #expect(isDone)
                let twice = try gateway.call(
                    "POST", "/orchestrator-trigger",
                    [
                        "tasks": [.string("\(runs[0])/ask"), .string("\(runs[1])/ask")], "options": options,
                    ])
                #expect(twice.status == 409 && twice["errors"]?.array?.count == 1, "\(twice.text)")
                let wish: JSONTree = ["reason": "all", "request_id": "w-1"]
                let rest = try gateway.call("POST", "/v1/sessions/\(session)/retry", wish)
                #expect(rest.status == 202 && rest["tasks"] == 2, "\(rest.text)")
                #expect(rest.text.contains("w-1/\(runs[1])"), "\(rest.text)")
                let allDone = try Waiting.until(20) {
                    try gateway.get("/v1/sessions/\(session)")["by_status"]?["completed"] == 3
                }
                #expect(allDone)
                let figures = try gateway.get("/v1/sessions/\(session)/analytics")
                #expect(figures["retries"]?["retried_tasks"] == 3, "\(figures.text)")
                let malformed: JSONTree = ["options": ["retry": true, "session_id": "nope"]]
                #expect(try gateway.call("POST", "/orchestrator-trigger", malformed).status == 400)
                let unknown: JSONTree = [
                    "options": ["retry": true, "session_id": "00000000-0000-4000-8000-000000000000"]
                ]
                #expect(try gateway.call("POST", "/orchestrator-trigger", unknown).status == 404)
            }
        }
    }
}
