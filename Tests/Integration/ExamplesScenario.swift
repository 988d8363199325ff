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
                // Python reads the number as infinity, which JSON cannot say.
                let huge = #"{"tasks":[{"task_id":"a","handler":"echo","inputs":{"n":1e390}}]}"#
                try fleet.produceLines([
                    #"{"event_type":"flow_run_requested","run_id":"huge","flow_id":"huge","flow_definition":\#(huge)}"#
                ])
                try fleet.produceRaw(Array("no task".utf8), to: .taskQueue)
                let endless = try fleet.waitForRun("huge")
                #expect(endless.error_message?.contains("the output is not JSON") == true, "\(endless)")
                let isKept = Waiting.until(10) { ((try? fleet.read(.deadLetters))?.count ?? 0) >= 3 }
                #expect(isKept)
            }
        }

        @Test func `a Python executor that is busy holds up nobody when another executor goes`() throws {
            let settings = ["ORCHESTRATOR_POOLS": "default,python"]
            try Fleet.with("pybusy", orchestrators: 1, executors: 2, settings: settings) { fleet in
                let program = Self.folder.appendingPathComponent("python-executor/executor.py").path
                try fleet.start(
                    "python", program: Python.path, arguments: [program],
                    environment: fleet.settings.merging(["EXECUTOR_POOLS": "python"]) { $1 })
                let long = Flows.task("a", "py.sleep", inputs: ["seconds": 20], more: ["pool": "python"])
                try fleet.produce([Flows.request("long", flow: Flows.flow([long]))])
                let short = Flows.task("a", "py.sleep", inputs: ["seconds": 0], more: ["pool": "python"])
                try fleet.produce([Flows.request("short", flow: Flows.flow([short]))])
                try fleet.waitForRun("short")
                let gone = fleet.executors[0]
                #expect(gone.terminate() == 0)
                fleet.forget(gone)
                try fleet.produce([Flows.request("beside", flow: Flows.chain(2))])
                let beside = try fleet.waitForRun("beside", seconds: 15)
                let running = try fleet.run("long")
                #expect(beside.status == "completed")
                #expect(running?.status != "completed", "the long task was no longer in its handler")
                let ended = try fleet.waitForRun("long")
                #expect(ended.status == "completed")
            }
        }
    }
}
