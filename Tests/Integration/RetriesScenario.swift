import Foundation
import TestSupport
import Testing

/// Retries end to end: real orchestrators, executors and retry workers.
extension Scenarios {
    @Suite struct Retries {
        /// A task that fails so often, with these waits in seconds.
        static func flow(times: Int?, delays: [Double], more: [String: JSONTree] = [:]) -> JSONTree {
            var inputs: [String: JSONTree] = ["error": "connection refused", "output": ["ok": true]]
            inputs["times"] = times.map { .number(Double($0)) }
            let retry: JSONTree = ["delays": .array(delays.map { .number($0) })]
            return Flows.flow(
                [Flows.task("t", "fail", inputs: .object(inputs), more: ["retry": retry].merging(more) { $1 })],
                output: ["ok": "${tasks.t.output.ok}"])
        }

        private struct Attempt: Codable, Equatable {
            var attempt: Int
            var status: String
            var error: String?
            var errorClass: String?
            var hasWorker: Bool
            var hasTimes: Bool
        }

        private func attempts(_ fleet: Fleet, of runID: String) throws -> [Attempt] {
            try fleet.rows(
                """
                select attempt, status, error, error_class as "errorClass", worker_id is not null as "hasWorker",
                       started_at is not null and finished_at is not null as "hasTimes"
                from task_attempts where run_id = '\(runID)' order by attempt
                """, as: Attempt.self)
        }

        @Test func `a task that fails twice succeeds on its third attempt, and each try is a row`() throws {
            try Fleet.with("again", orchestrators: 1, executors: 1, retryWorkers: 2) { fleet in
                try fleet.produce([Flows.request("again", flow: Self.flow(times: 2, delays: [0.2, 0.3]))])
                let run = try fleet.waitForRun("again")
                #expect(run.status == "completed" && run.output_data == ["ok": true])
                let failed = Attempt(
                    attempt: 0, status: "failed", error: "connection refused", errorClass: "transient",
                    hasWorker: true, hasTimes: true)
                var second = failed
                second.attempt = 1
                let last = Attempt(
                    attempt: 2, status: "succeeded", error: nil, errorClass: nil, hasWorker: true, hasTimes: true)
                let rows = try attempts(fleet, of: "again")
                #expect(rows == [failed, second, last])
                #expect(try fleet.tasks(of: "again")["t"]?.attempts == 3)
                #expect(fleet.number("select count(*) from task_retries") == 0)
                let messages = try fleet.read(.taskQueue).map(\.value).sorted {
                    ($0["attempt"]?.number ?? 0) < ($1["attempt"]?.number ?? 0)
                }
                let ids = messages.map { $0["message_id"] }
                #expect(ids == ["again/t/0", "again/t/1", "again/t/2"])
                let errors = messages.map { $0["previous_error"] }
                #expect(errors == [.null, "connection refused", "connection refused"])
                try expectGaps(fleet, of: "again", [0.2, 0.3])
            }
        }

        @Test func `four attempts follow the policy of the settings, then the run fails with a dead letter`() throws {
            // The default policy 10, 30, 90 s, fifty times faster.
            let settings = ["ORCHESTRATOR_RETRY_DELAYS": "0.2,0.6,1.8"]
            try Fleet.with("four", orchestrators: 1, executors: 1, retryWorkers: 1, settings: settings) { fleet in
                let task = Flows.task("t", "fail", inputs: ["error": "upstream unavailable"])
                try fleet.produce([Flows.request("four", flow: Flows.flow([task]))])
                let run = try fleet.waitForRun("four")
                #expect(run.status == "failed")
                let rows = try attempts(fleet, of: "four")
                #expect(rows.map(\.attempt) == [0, 1, 2, 3])
                let areTransient = rows.allSatisfy { $0.status == "failed" && $0.errorClass == "transient" }
                #expect(areTransient)
                try expectGaps(fleet, of: "four", [0.2, 0.6, 1.8])
                let letters = try fleet.read(.deadLetters).map(\.value)
                let reasons = letters.map { $0["reason"] }
                #expect(reasons == ["retries_exhausted"])
                #expect(letters.first?["attempts"] == 4)
            }
        }

        /// Attempts start their waits apart, by the executor's clock; how punctual they are is measured elsewhere.
        private func expectGaps(_ fleet: Fleet, of runID: String, _ gaps: [Double]) throws {
            struct Gap: Codable { var gap: Double }
            let found = try fleet.rows(
                """
                select extract(epoch from started_at - lag(finished_at) over (order by attempt))::float as gap
                from task_attempts where run_id = '\(runID)' order by attempt offset 1
                """, as: Gap.self
            ).map(\.gap)
            print("figure: \(runID): attempts follow each other after \(found) s, asked were \(gaps)")
            #expect(found.count == gaps.count)
            for (gap, asked) in zip(found, gaps) { #expect(gap >= asked && gap < asked + 1, "\(gap) for \(asked)") }
        }

        @Test func `a policy's delays, jitter, budget and the handler's own wish decide`() throws {
            let lists = [
                "ORCHESTRATOR_TRANSIENT_PATTERNS": "timeout,quantum", "ORCHESTRATOR_PERMANENT_PATTERNS": "no such",
            ]
            try Fleet.with("policy", orchestrators: 1, executors: 1, retryWorkers: 1, settings: lists) { fleet in
                let fail: JSONTree = ["error": "timeout", "times": 1]
                func run(_ id: String, inputs: JSONTree = fail, _ retry: JSONTree, more: [String: JSONTree] = [:])
                    -> JSONTree
                {
                    Flows.request(
                        id, flow: Flows.flow([Flows.task("t", "fail", inputs: inputs, more: ["retry": retry])]))
                }
                try fleet.produce([
                    run("exponential", inputs: ["error": "timeout", "times": 3], ["first": 0.1, "base": 2]),
                    run("budget", inputs: ["error": "timeout"], ["delays": [1.5], "budget": 2.9]),
                    run("wish", inputs: ["error": "timeout", "times": 1, "retry_after_ms": 300], ["delays": [60]]),
                    run("own-word", inputs: ["error": "timeout", "class": "permanent"], ["delays": [0.1]]),
                    run("jitter", ["delays": [0.4], "jitter": 0.5]),
                ])
                // Lists of the settings, then those of the flow before them.
                var quota = Flows.flow([
                    Flows.task(
                        "t", "fail", inputs: ["error": "no such quota", "times": 1], more: ["retry": ["delays": [0.1]]])
                ])
                if case .object(var members) = quota {
                    members["errors"] = ["transient": ["quota"]]
                    quota = .object(members)
                }
                try fleet.produce([
                    run("setting", inputs: ["error": "quantum noise", "times": 1], ["delays": [0.1]]),
                    run("replaced", inputs: ["error": "connection refused", "times": 1], ["delays": [0.1]]),
                    Flows.request("quota", flow: quota),
                ])
                try fleet.waitForRuns(8)
                #expect(try fleet.run("setting")?.status == "completed")
                #expect(try fleet.run("replaced")?.status == "failed", "the default lists are replaced")
                #expect(try fleet.run("quota")?.status == "completed")
                try expectGaps(fleet, of: "exponential", [0.1, 0.2, 0.4])
                try expectGaps(fleet, of: "wish", [0.3])
                let rows = try attempts(fleet, of: "budget")
                #expect(rows.count == 2, "the third attempt would have started after the budget")
                #expect(try attempts(fleet, of: "own-word").map(\.errorClass) == ["permanent"])
                #expect(try fleet.run("jitter")?.status == "completed")
            }
        }
    }
}
