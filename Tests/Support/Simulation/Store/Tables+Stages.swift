import JSON
import Workflow

/// Stage retries in the model: what the store checks and copies by itself.
extension Tables {
    func checkParents(_ decision: Decision) throws(Refusal) {
        for copy in decision.copies where !isUnchanged(copy) { throw .parentChanged }
    }

    /// Whether the parent is as its child's lane has read it.
    func isUnchanged(_ copy: StageCopy) -> Bool {
        guard let parent = runs[copy.parentRunID]?.state else { return false }
        return parent.status.isFinal && parent.updatedAt == copy.parentUpdatedAt
            && parent.control.endings == copy.parentEndings
    }

    mutating func take(_ copy: StageCopy) throws(Refusal) {
        for piece in copy.pieces {
            guard var row = tasks[copy.parentRunID]?[piece.taskID] else { continue }
            row.runID = copy.runID
            (row.batch, row.updatedAt, row.stageOrder) = (copy.batch, copy.at, piece.stageOrder)
            (row.next, row.heldUntil, row.heldSince, row.nextRetryAt) = (nil, nil, nil, nil)
            if let override = piece.override {
                (row.status, row.error, row.errorClass) = (.succeeded, nil, nil)
                row.output = try Self.jsonb(override)
            }
            tasks[copy.runID, default: [:]][piece.taskID] = row
            let source = reused[copy.parentRunID]?[piece.taskID] ?? copy.parentRunID
            reused[copy.runID, default: [:]][piece.taskID] = source
        }
    }

    /// Commands whose time has come: their run is there, or they have waited long enough; in line, when nothing is
    /// before them.
    func isDue(_ row: PendingCommandRow, receivedBefore: Microseconds, queuedBefore: Microseconds) -> Bool {
        guard let parent = row.waitsFor else { return row.receivedAt < receivedBefore || runs[row.runID] != nil }
        return row.receivedAt < queuedBefore || !runs.values.contains { $0.state.liveKey == parent }
    }
}
