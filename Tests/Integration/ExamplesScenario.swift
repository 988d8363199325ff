import Foundation
import TestSupport
import Testing

/// Every example runs as its README says.
extension Scenarios {
    @Suite struct Examples {
        private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Examples").standardizedFileURL

        @Test func `the first flow gives its letter`() throws {
            try Fleet.with("first", orchestrators: 1, executors: 1) { fleet in
                let example = Self.folder.appendingPathComponent("first-flow")
                let input = try String(contentsOf: example.appendingPathComponent("input.json"), encoding: .utf8)
                let applied = try fleet.command("flow", "apply", example.appendingPathComponent("flow.json").path)
                #expect(applied.status == 0, "\(applied.errors)")
                let executed = try fleet.command("run", "execute", "first-flow", "--input", input)
                #expect(executed.status == 0, "\(executed.errors)")
                let run = try #require(try fleet.rows("select * from flow_run_history", as: RunRow.self).first)
                #expect(run.status == "completed")
                #expect(run.output_data?["letter"] == ["Hello, Ada, from the left", "Hello, Ada, from the right"])
            }
        }

        @Test func `the Python executor runs its flow beside no other executor`() throws {
            let settings = ["ORCHESTRATOR_POOLS": "default,python", "EXECUTOR_POOLS": "default,python"]
            try Fleet.with("pyexec", orchestrators: 1, executors: 0, settings: settings) { fleet in
                let example = Self.folder.appendingPathComponent("python-executor")
                try fleet.start(
                    "python", program: Python.path, arguments: [example.appendingPathComponent("executor.py").path])
                let applied = try fleet.command("flow", "apply", example.appendingPathComponent("flow.json").path)
                #expect(applied.status == 0, "\(applied.errors)")
                let request: JSONTree = [
                    "event_type": "flow_run_requested", "run_id": "shouted", "flow_id": "shout",
                    "input": ["text": "hello"],
                ]
                try fleet.produce([request])
                let run = try fleet.waitForRun("shouted")
                #expect(run.output_data == ["text": "HELLO, AGAIN"])
                let unknown = Flows.request("unknown", flow: Flows.flow([Flows.task("a", "no.such")]))
                try fleet.produce([unknown])
                let failed = try fleet.waitForRun("unknown")
                #expect(failed.status == "failed")
                #expect(failed.error_message?.contains("no.such") == true)
            }
        }
    }
}
