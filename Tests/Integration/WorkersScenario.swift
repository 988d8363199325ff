import Foundation
import TestSupport
import Testing

/// What people see of the processes, and of what waits for one that is not there.
extension Scenarios {
    @Suite struct Workers {
        private func programs(_ fleet: Fleet) throws -> [String] {
            struct Line: Decodable { var program: String? }
            let list = try fleet.command("worker", "list", "-o", "jsonl")
            let lines = list.lines.compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)).program }
            return lines.map { $0.replacingOccurrences(of: "flowfleet-", with: "") }.sorted()
        }

        @Test func `worker list shows the whole fleet, and no more who has stopped`() throws {
            try Fleet.with("workers", orchestrators: 1, executors: 2, retryWorkers: 1, drainers: 1) { fleet in
                let whole = ["drainer", "executor", "executor", "gateway", "orchestrator", "retry-worker"]
                let isWhole = try Waiting.until(20) { try programs(fleet) == whole }
                let found = try programs(fleet)
                #expect(isWhole, "\(found)")
                let table = try fleet.command("worker", "list")
                #expect(table.text.contains("64"), "slots are shown: \(table.text)")
                let executor = try #require(fleet.executors.first)
                let drainers = fleet.processes.filter { $0.name.hasPrefix("drainer") }
                for process in [executor] + drainers {
                    process.terminate()
                    fleet.forget(process)
                }
                let rest = try programs(fleet)
                #expect(rest == ["executor", "gateway", "orchestrator", "retry-worker"])
            }
        }

        @Test func `tasks of a pool that nobody serves say so`() throws {
            let settings = ["ORCHESTRATOR_POOLS": "default,gpu"]
            try Fleet.with("pools", orchestrators: 1, executors: 1, settings: settings) { fleet in
                let flow = Flows.flow([Flows.task("a", "echo"), Flows.task("b", "echo", more: ["pool": "gpu"])])
                try fleet.produce([Flows.request("r", flow: flow)])
                let sentence = "no executor of pool gpu has been seen for 30 s"
                let tells = try Waiting.until(20) {
                    try fleet.command("run", "tasks", "r").text.contains("waits: " + sentence)
                }
                #expect(tells)
                let get = try fleet.command("run", "get", "r", settings: ["ORCHESTRATOR_POOLS": "default"])
                #expect(get.text.contains(sentence), "\(get.text)")
                let orchestrator = try #require(fleet.orchestrators.first)
                let isCounted = Waiting.until(20) {
                    orchestrator.get("/metrics")?.body.contains(#"orchestrator_pool_waiting_tasks{pool="gpu"} 1"#)
                        ?? false
                }
                #expect(isCounted)
                try fleet.startExecutor(settings: ["EXECUTOR_POOLS": "gpu"])
                try fleet.waitForRuns(1)
            }
        }

        @Test func `an id that is taken, and one that nobody knows, are told apart from a slow run`() throws {
            try Fleet.with("ids", orchestrators: 1, executors: 1) { fleet in
                let flow = #"{"flow_id":"f","tasks":[{"task_id":"a","handler":"echo"}]}"#
                let first = try fleet.command(
                    "run", "execute", "--definition", flow, "--run-id", "mine", "--input", #"{"a":1}"#)
                #expect(first.status == 0)
                let again = try fleet.command(
                    "run", "execute", "--definition", flow, "--run-id", "mine", "--input", #"{"a":1.0}"#)
                #expect(again.status == 0)
                let other = try fleet.command("run", "start", "--definition", flow, "--run-id", "mine", "--input", "2")
                #expect(other.status == 5)
                #expect(other.errors.contains("it has another input"), "\(other.errors)")
                let unknown = try fleet.command("run", "wait", "nobody", "--timeout", "2s")
                #expect(unknown.status == 3)
                #expect(unknown.errors.contains("no run nobody is known"), "\(unknown.errors)")
            }
        }
    }
}
