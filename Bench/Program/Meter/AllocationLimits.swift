import BenchReport
import Foundation

/// How many allocations a step may cost, a little above what it does: counts hardly depend on what else the machine
/// does, so the bench fails where one has grown.
struct AllocationLimits {
    /// Of the orchestrator's own code.
    let orchestrator: Double
    /// Of the executor, librdkafka's included.
    let executor: Double

    /// Turns are smaller where less is in flight, and each has some of its own. Without optimisation nearly everything
    /// that is passed on is one.
    static func of(_ pace: Pace) -> AllocationLimits {
        let isDebug = ProcessInfo.processInfo.environment["FLOWFLEET_CONFIGURATION"] == "debug"
        if isDebug { return AllocationLimits(orchestrator: 350, executor: 270) }
        return pace.isShort
            ? AllocationLimits(orchestrator: 5.5, executor: 4.6) : AllocationLimits(orchestrator: 4.2, executor: 3.9)
    }

    func check(_ trial: Trial) throws {
        try check("orchestrator", trial.allocations["orchestrator"]?.swift, orchestrator)
        try check("executor", trial.allocations["executor"]?.all, executor)
    }

    private func check(_ name: String, _ count: Double?, _ limit: Double) throws {
        guard let count, count > limit else { return }
        throw BenchError("\(name): \(Number.text(count)) allocations a step, at most \(Number.text(limit))")
    }
}
