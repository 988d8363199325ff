import JSON
import Workflow

/// What must hold of every transaction that commits.
extension Checks {
    func committing(_ fences: [LaneFence], _ decision: Decision, before: Tables, after: Tables, by name: String) {
        for fence in fences { checkOwner(fence, before, name) }
        if world.mutant != .consumerPosition { turnLimit(fences, before, by: name) }
        checkBatches(fences, decision, before)
        let revived = Set(decision.runStates.filter { isRevived($0.runID, $0.state, before) }.map(\.runID))
        reviving(decision, before)
        answering(decision, before)
        retrying(decision, before, after)
        for task in decision.tasks { checkTask(task, before, isRevived: revived.contains(task.runID)) }
        for row in decision.attempts { checkAttempt(row, before, after) }
        checkOwed(decision, after)
        for row in decision.retries { checkRetry(row, decision, before, after) }
        for (id, _, _, _) in decision.runStates where before.runs[id]?.state.status.isFinal == true && isStrict {
            if !revived.contains(id) { fail("I7", "run \(id) had ended and is written again") }
        }
        for fence in fences { checkPositions(fence, decision, before, after) }
        for fence in fences { for id in fence.touched { lastTouch[id] = fence.batch + 1 } }
    }

    /// I1: a lane's batch commits under its current epoch only.
    private func checkOwner(_ fence: LaneFence, _ before: Tables, _ name: String) {
        guard let row = before.checkpoints[fence.lane] else {
            return fail("I1", "lane \(fence.lane) has no checkpoint")
        }
        guard row.owner == fence.owner, row.batch == fence.batch else {
            return fail(
                "I1",
                "\(name) commits batch \(fence.batch + 1) of lane \(fence.lane) as \(fence.owner); it is at "
                    + "batch \(row.batch) of \(row.owner)")
        }
    }

    /// Every fact carries the batch of its lane's fence, and every run it belongs to is among the touched.
    private func checkBatches(_ fences: [LaneFence], _ decision: Decision, _ before: Tables) {
        let byLane = Dictionary(uniqueKeysWithValues: fences.map { ($0.lane, $0) })
        var homes: [Identifier: Int32] = [:]
        for run in decision.newRuns {
            homes[run.runID] = run.lane
            checkFact(
                "run \(run.runID)", run.runID, run.lane, run.batch, byLane, isTouched: !run.definitionSHA256.isEmpty)
        }
        for task in decision.tasks {
            guard let lane = homes[task.runID] ?? before.runs[task.runID]?.lane else {
                fail("I1", "task \(task.runID)/\(task.taskID) has no run")
                continue
            }
            checkFact("task \(task.runID)/\(task.taskID)", task.runID, lane, task.batch, byLane, isTouched: true)
        }
        for (id, _, _, _) in decision.runStates {
            guard let lane = homes[id] ?? before.runs[id]?.lane else { continue }
            checkFact("state of \(id)", id, lane, nil, byLane, isTouched: true)
        }
        for row in decision.outbox where byLane[row.lane] == nil {
            fail("I1", "an outbox row of lane \(row.lane) goes without its fence")
        }
    }

    private func checkFact(
        _ what: String, _ id: Identifier, _ lane: Int32, _ batch: Int64?, _ fences: [Int32: LaneFence], isTouched: Bool
    ) {
        guard let fence = fences[lane] else {
            return fail("I1", "\(what) belongs to lane \(lane), which is not fenced")
        }
        if let batch, batch != fence.batch + 1 {
            fail("I1", "\(what) carries batch \(batch), its lane makes \(fence.batch + 1)")
        }
        if isTouched, !fence.touched.contains(id) {
            fail("I1", "\(what) is not among the touched runs of lane \(lane)")
        }
    }

    /// I6 and I7 for one task row: what is closed stays closed, attempts rise and stay in their limit, and an output
    /// is one that somebody sent.
    private func checkTask(_ task: TaskRow, _ before: Tables, isRevived: Bool) {
        let name = "\(task.runID)/\(task.taskID)"
        let old = before.tasks[task.runID]?[task.taskID]
        if task.error != nil, !task.status.isOpen { givenUp.insert("dl/\(name)/\(task.attempts - 1)") }
        if let old, !old.status.isOpen, !isRevived || old.status.isUsable {
            fail("I6", "\(name) was \(old.status) and becomes \(task.status)")
        }
        // A running attempt counts as a try; given back, it is still to come.
        let isGivenBack = old?.status == .running && task.status == .retrying && task.attempts + 1 == old?.attempts
        if let old, task.attempts < old.attempts, task.status != .pending, !isGivenBack {
            fail("I7", "\(name) goes back from \(old.attempts) to \(task.attempts) tries")
        }
        if old == nil, !task.isNew { fail("I6", "\(name) has no row that could be changed") }
        if let limit = maxRetries(task), Int(task.attempts - task.attemptBase) > limit + 1 {
            fail("I7", "\(name) has \(task.attempts) tries, at most \(limit + 1)")
        }
        checkGiven(task)
        guard task.status == .succeeded, let output = task.output else { return }
        let canonical = JSONCanonical.bytes(of: JSONValue(trusted: output))
        let isKnown = (-1..<max(task.attempts, 1)).contains { attempt in
            answers[AttemptKey(runID: task.runID, taskID: task.taskID, attempt: attempt)]?
                .contains { $0.status == .succeeded && $0.output == canonical } ?? false
        }
        if !isKnown { fail("I6", "\(name) succeeded with an output nobody sent: \(output.asText)") }
    }

    private func isRevived(_ id: Identifier, _ state: RunStateRow, _ before: Tables) -> Bool {
        guard let old = before.runs[id]?.state, old.control.revivals.count < state.control.revivals.count else {
            return false
        }
        world.count("run revived")
        return true
    }

    private func maxRetries(_ task: TaskRow) -> Int? {
        let request = world.traffic.requests.first { $0.runID == task.runID.description }
        return request?.flow.tasks.first { $0.id == task.taskID.description }?.maxRetries
    }
}
