import TestSupport
import Testing

/// Item 2: random graphs equal a reference evaluation.
extension Scenarios {
    @Suite struct RandomGraphs {
        @Test func `two thousand random graphs end as a plain recursion says`() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("random graphs: seed \(seed)")
            var random = SeededRandom(seed: seed)
            var expected = ExpectedHistory(runs: [:])
            var events: [JSONTree] = []
            for number in 0..<2_000 {
                let graph = RandomGraph(using: &random)
                let id = "g\(number)"
                expected.runs[id] = graph.expected
                for task in graph.deadTasks { expected.deadLetters.insert("dl/\(id)/\(task)") }
                events.append(Flows.request(id, flow: graph.definition))
            }
            try Fleet.with("graphs") { fleet in
                try fleet.produce(events)
                let seconds = try fleet.waitForRuns(2_000, seconds: 180)
                print("figure: 2,000 random graphs ended in \(seconds) s")
                try expectNothingWrong(fleet, expected)
            }
        }
    }
}
