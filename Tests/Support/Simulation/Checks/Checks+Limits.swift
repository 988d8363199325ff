import Execution
import Orchestration
import Workflow

/// I14: limits hold: records of a turn, memory between turns, handlers at once, rows claimed at once.
extension Checks {
    func turnLimit(_ fences: [LaneFence], _ before: Tables, by name: String) {
        var records: Int64 = 0
        for fence in fences {
            guard let old = before.checkpoints[fence.lane]?.position else { continue }
            for topic in InputTopic.allCases { records += max(0, fence.position[topic] - old[topic]) }
        }
        guard records > Int64(OrchestratorProcess.turnRecords) else { return }
        fail("I14", "\(name) decides \(records) records in a turn, at most \(OrchestratorProcess.turnRecords)")
    }

    func memoryLimit(_ orchestrator: Orchestrator, by me: Incarnation) {
        let memory = orchestrator.memory
        // What the last turn or look loaded may be there beside, until the next is over.
        guard memory.bytes > memory.limit + 20_000 else { return }
        fail("I14", "\(me.name) remembers \(memory.bytes) bytes, at most \(memory.limit)")
    }

    func slotLimit(_ count: Int, by me: Incarnation) {
        // Handlers that did not end although they were told to are borne beside the slots, up to a number.
        let most = world.plan.slots + ExecutorLimits().abandoned
        if count > most { fail("I14", "\(me.name) runs \(count) handlers, at most \(most)") }
    }

    func claimLimit(_ count: Int, by me: Incarnation) {
        if count > RetryProcess.batch { fail("I14", "\(me.name) claims \(count) rows, at most \(RetryProcess.batch)") }
    }
}
