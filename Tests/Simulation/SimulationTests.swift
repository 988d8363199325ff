import Foundation
import TestSupport
import Testing

/// The fleet's protocol under faults drawn from seeds. Seeds run in processes of their own, so that hashing is the same
/// every time and a trap names its seed: `scripts/simulate SEED --trace` plays one again.
@Suite struct SimulationTests {
    @Test func `every seed keeps every invariant and comes to an end`() async throws {
        let count = ProcessInfo.processInfo.environment["FLOWFLEET_SIM_SEEDS"].flatMap { Int($0) } ?? 5_000
        let halves = try await Simulator.runs(first: 1, count: count, processes: 2)
        for half in halves { #expect(half.status == 0, "\(half.lines.suffix(30).joined(separator: "\n"))") }
        let reached = Simulator.counters(of: halves)
        for branch in Simulator.rareBranches { #expect(reached[branch, default: 0] > 0, "never reached: \(branch)") }
    }

    @Test(arguments: Simulator.mutants)
    func `the deliberate bug is noticed`(_ mutant: String) async throws {
        let run = try await Simulator.runs(first: 1, count: 1_200, processes: 1, ["--mutant", mutant])[0]
        #expect(run.lines.contains { $0.hasPrefix("FAIL") }, "\(mutant) was not noticed")
    }

    @Test func `a seed plays the same again`() async throws {
        let runs = try await [
            Simulator.runs(first: 42, count: 1, processes: 1, ["--trace"]),
            Simulator.runs(first: 42, count: 1, processes: 1, ["--trace"]),
        ]
        #expect(runs[0][0].lines == runs[1][0].lines)
    }
}
