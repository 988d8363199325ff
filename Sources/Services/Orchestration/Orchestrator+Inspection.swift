package import Workflow

/// What tests may look at; nothing here changes anything.
extension Orchestrator {
    /// Runs in memory while they must equal the rows: nothing decided, nothing in doubt.
    package var settledRuns: [RunMachine]? {
        decided == nil && unsettled == nil ? runs.all : nil
    }

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
