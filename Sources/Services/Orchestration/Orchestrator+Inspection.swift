package import Workflow

/// What tests may look at and touch; nothing here changes an outcome.
extension Orchestrator {
    /// Runs in memory while they must equal the rows: nothing decided, nothing in doubt.
    package var settledRuns: [RunMachine]? {
        decided == nil && unsettled == nil ? runs.all : nil
    }

    /// Forgets every run: memory is a cache, so a test may do this whenever no turn is under way.
    package func forgetRuns() {
        guard decided == nil, unsettled == nil else { return }
        runs.dropAll { _ in true }
        endedRuns.removeAll()
    }

    /// What memory takes, and how much it may.
    package var memory: (bytes: Int, limit: Int) { (runs.bytes, runs.limit) }

    /// A lane as its fence would name it; nil when it is not ours.
    package func token(of lane: Int32) -> LaneFence? { lanes[lane]?.token }
}

#if DEBUG
    /// Deliberate bugs that only production code can have; the simulator has to notice each.
    package enum OrchestratorMutant {
        /// Memory keeps what a turn did that was not committed.
        nonisolated(unsafe) package static var keepsUndoneTurns = false
    }
#endif
