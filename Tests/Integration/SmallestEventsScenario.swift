import Foundation
import TestSupport
import Testing

/// Item 1: the smallest events of the contract run a flow, whoever produces them.
extension Scenarios {
    @Suite struct SmallestEvents {
        private static let flow = Flows.chain(3)
        private static let tasks = ["t0", "t1", "t2"]

        /// Registers the flow, lets `produce` send `run_id` and `flow_id`, one inline, one registered; checks both.
        private func runs(_ name: String, produce: (Fleet, [String]) throws -> Void) throws {
            try Fleet.with(name, orchestrators: 1, executors: 1) { fleet in
                let file = fleet.folder.appendingPathComponent("flow.json")
                try Data(Self.flow.text.utf8).write(to: file)
                var definition = try JSONTree(text: Data(contentsOf: file))
                if case .object(var members) = definition {
                    members["flow_id"] = "smallest"
                    definition = .object(members)
                }
                try Data(definition.text.utf8).write(to: file)
                let applied = try fleet.command("flow", "apply", file.path)
                #expect(applied.status == 0, "\(applied.errors)")

                let registered: JSONTree = [
                    "event_type": "flow_run_requested", "run_id": "registered", "flow_id": "smallest",
                ]
                let inline = Flows.request("inline", flow: Self.flow)
                try produce(fleet, [registered.text, inline.text])
                try fleet.waitForRuns(2)
                let output: JSONTree = ["n": 0, "last": "t2"]
                let run = ExpectedHistory.Run.completed(Self.tasks, output: output)
                try expectNothingWrong(fleet, ExpectedHistory(runs: ["registered": run, "inline": run]))
            }
        }

        @Test func `kcat without a key starts runs`() throws {
            try runs("kcat") { fleet, events in try fleet.produceLines(events) }
        }

        @Test(.kafkaTools) func `Kafka's own console producer starts runs`() throws {
            try runs("java") { fleet, events in
                try Command.succeed(
                    fleet.services.kafkaHome + "/bin/kafka-console-producer.sh",
                    ["--bootstrap-server", fleet.services.kafka, "--topic", fleet.name(.flowRuns)],
                    input: Data((events.joined(separator: "\n") + "\n").utf8))
            }
        }

        @Test func `a Python producer starts runs`() throws {
            try runs("python") { fleet, events in
                let program = """
                    import sys
                    from confluent_kafka import Producer
                    producer = Producer({"bootstrap.servers": sys.argv[1]})
                    for line in sys.stdin:
                        producer.produce(sys.argv[2], line.strip())
                    sys.exit(producer.flush(20))
                    """
                try Command.succeed(
                    Python.path, ["-c", program, fleet.services.kafka, fleet.name(.flowRuns)],
                    input: Data((events.joined(separator: "\n") + "\n").utf8))
            }
        }

        /// Results as a foreign executor may send them: only the run and the task, on any partition.
        @Test func `results with only run_id and task_id finish a run`() throws {
            try Fleet.with("bare", orchestrators: 1, executors: 0) { fleet in
                let flow = Flows.flow([
                    Flows.task("a", "other.work"), Flows.task("b", "other.work", after: ["a"]),
                ])
                try fleet.produce([Flows.request("bare", flow: flow)])
                for (task, partition) in [("a", 0), ("b", 3)] {
                    let isOut = try Waiting.until(20) {
                        try fleet.read(.taskQueue).contains { $0.value["task_id"]?.string == task }
                    }
                    #expect(isOut, "task \(task) was never dispatched")
                    try fleet.produce(
                        [["run_id": "bare", "task_id": .string(task)]], to: .taskDone, partition: partition)
                }
                let run = try fleet.waitForRun("bare")
                #expect(run.status == "completed")
            }
        }

        /// A bare failure is classified by its text.
        @Test func `a failure with only run_id, task_id and error fails a run`() throws {
            try Fleet.with("barefail", orchestrators: 1, executors: 0) { fleet in
                let flow = Flows.flow([Flows.task("a", "other.work"), Flows.task("b", "other.work", after: ["a"])])
                try fleet.produce([Flows.request("bare", flow: flow)])
                try fleet.wait(for: "select count(*) from flow_run_history", atLeast: 1)
                try fleet.produce([["run_id": "bare", "task_id": "a", "error": "invalid name"]], to: .taskFailed)
                let run = try fleet.waitForRun("bare")
                #expect(run.status == "failed")
                let tasks = try fleet.tasks(of: "bare")
                #expect(tasks["a"]?.error_class == "permanent")
                #expect(tasks["b"]?.status == "skipped")
            }
        }
    }
}

/// Debian's Python, which finds the packages that scripts/setup installs; another one only where Debian's is missing.
enum Python {
    static var path: String {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") ? "/usr/bin/python3" : "python3"
    }
}
