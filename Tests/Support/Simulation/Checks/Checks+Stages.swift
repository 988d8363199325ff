import JSON
import Workflow

/// What must hold of runs that start from a stage of an older one.
extension Checks {
    /// I22: a stage retry is made from a run that has ended and is as it was read, takes over exactly its rows, and is
    /// the only live retry of it.
    func retrying(_ decision: Decision, _ before: Tables, _ after: Tables) {
        for copy in decision.copies {
            world.count("stage retry made")
            let name = "\(copy.runID), a retry of \(copy.parentRunID),"
            if !before.isUnchanged(copy) { fail("I22", "\(name) is made from rows that are no more") }
            for piece in copy.pieces { checkPiece(piece, copy, before, after, name) }
        }
        countRefusals(decision)
        guard !decision.copies.isEmpty || !decision.redriven.isEmpty else { return }
        let live = after.runs.values.compactMap { run in run.state.liveKey.map { ($0, run.runID) } }
        for (key, runs) in Dictionary(grouping: live, by: \.0) where runs.count > 1 {
            fail("I22", "run \(key) has \(runs.count) live retries: \(runs.map { "\($0.1)" }.sorted())")
        }
    }

    private func countRefusals(_ decision: Decision) {
        for audit in decision.audits where audit.action == "flow_run_requested" && !audit.isDone {
            world.count("stage retry refused: \(audit.code ?? "-")")
        }
        for row in decision.pendingCommands where row.waitsFor != nil { world.count("stage retry in line") }
    }

    private func checkPiece(
        _ piece: StageCopy.Piece, _ copy: StageCopy, _ before: Tables, _ after: Tables, _ name: String
    ) {
        let (old, new) = (before.tasks[copy.parentRunID]?[piece.taskID], after.tasks[copy.runID]?[piece.taskID])
        guard let old, let new else { return fail("I22", "\(name) lacks a row of \(piece.taskID)") }
        if new.status.isOpen { fail("I22", "\(name) reuses \(piece.taskID), which is \(new.status)") }
        guard piece.override == nil else { return }
        if old.status != new.status || old.output != new.output || old.attempts != new.attempts {
            fail("I22", "\(name) has another row of \(piece.taskID) than its parent")
        }
    }
}
