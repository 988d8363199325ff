import TestSupport
import Testing

/// Straight chains as one message, on real processes.
extension Scenarios {
    @Suite(.durableServices) struct Segments {
        @Test func `a chain goes out once, and its rows are those of any chain`() throws {
            try Fleet.with("segment", orchestrators: 1, executors: 1) { fleet in
                let whole = Flows.chain(5)
                try fleet.produce([
                    Flows.request("whole", flow: whole, input: ["n": 1]),
                    Flows.request("single", flow: Self.alone(whole), input: ["n": 1]),
                ])
                try fleet.waitForRuns(2)
                let messages = try fleet.read(.taskQueue).map(\.value)
                let count = { (run: String) in messages.count { $0["run_id"]?.string == run } }
                #expect(count("whole") == 1)
                #expect(count("single") == 5)
                let (segment, single) = (try fleet.tasks(of: "whole"), try fleet.tasks(of: "single"))
                for (id, row) in segment {
                    #expect(row.status == "succeeded")
                    #expect(row.output_data == single[id]?.output_data)
                }
                let tasks = (0..<5).map { "t\($0)" }
                try expectNothingWrong(
                    fleet, ExpectedHistory(runs: ["whole": .completed(tasks), "single": .completed(tasks)]))
            }
        }

        @Test(arguments: ["segment-step:40", "published-not-reported:10"])
        func `a kill in mid-segment repeats nothing that Kafka had acknowledged`(_ point: String) throws {
            let settings = ["ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": "3"]
            try Fleet.with("midway", orchestrators: 1, executors: 0, retryWorkers: 1, settings: settings) { fleet in
                let load = try Load(fleet)
                let victim = try fleet.startExecutor(settings: ["FLOWFLEET_KILL_POINT": point])
                try load.addChains(20, of: 6)
                guard Waiting.until(60, { !victim.isRunning }) else { throw NotInTime("it was never killed") }
                let acknowledged = Set(try fleet.read(.taskDone).compactMap { Self.name($0.value) })
                fleet.forget(victim)
                try fleet.startExecutor()
                try fleet.waitForRuns(20, seconds: 60)
                let ledger = try load.ledger
                let repeated = Dictionary(grouping: ledger, by: \.self).filter { $1.count > 1 }.keys
                print("\(point): \(acknowledged.count) acknowledged, \(repeated.count) executed again")
                let wronged = repeated.filter { acknowledged.contains($0) }
                #expect(wronged == [])
                try expectTheLoad(load, of: fleet, window: 150)
            }
        }

        private static func name(_ result: JSONTree) -> String? {
            guard let run = result["run_id"]?.string, let task = result["task_id"]?.string else { return nil }
            return "\(run)/\(task)"
        }

        /// The same tasks, each with a message of its own.
        private static func alone(_ flow: JSONTree) -> JSONTree {
            guard case .object(var members) = flow, let tasks = flow["tasks"]?.array else { return flow }
            members["tasks"] = .array(
                tasks.map { task in
                    guard case .object(var fields) = task else { return task }
                    fields["segment"] = .bool(false)
                    return .object(fields)
                })
            return .object(members)
        }
    }
}
