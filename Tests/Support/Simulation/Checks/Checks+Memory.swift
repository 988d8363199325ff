import JSON
import Orchestration
import Workflow

/// I3: folding the rows gives the owner's memory.
extension Checks {
    func remembered(_ orchestrator: Orchestrator, by me: Incarnation) {
        guard let runs = orchestrator.settledRuns else { return }
        memoryLimit(orchestrator, by: me)
        for run in runs {
            guard let token = orchestrator.token(of: run.row.lane), let row = store.tables.checkpoints[run.row.lane],
                row.owner == token.owner, row.batch == token.batch
            else { continue }
            guard let rows = store.tables.rows(of: run.runID) else {
                return fail("I3", "\(me.name) remembers run \(run.runID), which is no row")
            }
            compare(run, RunMachine(rows, flow: run.flow), me)
        }
    }

    private func compare(_ memory: RunMachine, _ fold: RunMachine, _ me: Incarnation) {
        let name = "\(me.name)'s memory of \(memory.runID)"
        if memory.status != fold.status { fail("I3", "\(name) is \(memory.status), the rows say \(fold.status)") }
        if memory.row.state.control != fold.row.state.control {
            fail("I3", "\(name) has another control part than the rows")
        }
        if memory.openTasks != fold.openTasks {
            fail("I3", "\(name) has \(memory.openTasks) open tasks, the rows \(fold.openTasks)")
        }
        for index in memory.slots.indices {
            let (left, right) = (Self.text(memory.slots[index]), Self.text(fold.slots[index]))
            if left != right {
                fail("I3", "\(name), task \(memory.flow.tasks[index].id): \(left), the rows say \(right)")
            }
        }
    }

    /// What decisions see of a task, in one line.
    private static func text(_ slot: TaskSlot) -> String {
        let output = slot.output.map { JSONCanonical.bytes(of: JSONValue(trusted: $0))[...].asText } ?? "-"
        let ready = slot.status == .pending && slot.waitingFor == 0
        return
            "\(slot.status) out \(slot.status.isOpen && slot.isOut) waits \(slot.waitingFor) attempt \(slot.attempt)+\(slot.attemptBase) "
            + "row batch \(slot.batch) ready \(ready ? slot.readyBatch : 0)@\(ready ? slot.readyAt : 0) "
            + "retry \(slot.nextRetryAt ?? 0) held \(slot.heldUntil ?? 0) goes on \(slot.goesOn) reused \(slot.isReused) output \(output)"
    }
}
