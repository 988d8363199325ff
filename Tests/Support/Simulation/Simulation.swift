import Execution
import Orchestration

/// Runs seeds, and says what came of them.
package enum Simulation {
    package struct Report: Sendable {
        package let seed: UInt64
        package let violation: Violation?
        package let counters: [String: Int]
        package let trace: [String]
    }

    package static func run(seed: UInt64, mutant: Mutant? = nil, traces: Bool = false) -> Report {
        #if DEBUG
            OrchestratorMutant.keepsUndoneTurns = mutant == .memoryKept
            ExecutorMutant.followsCancelled = mutant == .segmentFollowsCancel
            ExecutorMutant.settlesEarly = mutant == .segmentSettlesEarly
        #endif
        let world = SimWorld(seed: seed, mutant: mutant, traces: traces)
        world.run()
        return Report(seed: seed, violation: world.violation, counters: world.counters, trace: world.trace.lines)
    }
}
