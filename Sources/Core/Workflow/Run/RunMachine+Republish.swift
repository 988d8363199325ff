import JSON

extension RunMachine {
    /// Publishes the work of one batch again, from rows alone: for the owner after one that died between its commit and
    /// its last delivery report. Gives the same messages as `settle` did, by value.
    public func republish(turn: TurnContext, into work: inout OutBatch) {
        if !row.state.status.isFinal, row.state.status != .paused {
            for index in slots.indices where isDispatched(by: turn.batch, index) { emitDispatch(index, into: &work) }
        }
        let closed = slots.indices.filter { slots[$0].batch == turn.batch && !slots[$0].isReused }
        emitEndings(of: turn, closed: closed, into: &work)
    }

    private func isDispatched(by batch: Int64, _ index: Int) -> Bool {
        let slot = slots[index]
        return slot.status == .pending && slot.isOut && !isFollowed(index)
            && row.state.control.releaseBatch(ready: slot.readyBatch) == batch
    }

    /// Dead letters of tasks given up in this turn, and announcements as far as others want them.
    func emitEndings(of turn: TurnContext, closed: [Int], into work: inout OutBatch) {
        if !failures.isEmpty { emitDeadLetters(of: turn, closed: closed, into: &work) }
        guard turn.announcements != .off else { return }
        if row.batch == turn.batch { emitAnnouncement(.started, into: &work) }
        if turn.announcements == .tasks {
            for index in closed where !slots[index].status.isOpen { emitTaskAnnouncement(index, into: &work) }
        }
        if row.state.control.endBatch == turn.batch { emitAnnouncement(.ended, into: &work) }
    }

    private func emitDeadLetters(of turn: TurnContext, closed: [Int], into work: inout OutBatch) {
        for index in closed.sorted() {
            guard let detail = failures[index], slots[index].batch == turn.batch, !slots[index].status.isOpen else {
                continue
            }
            emitDeadLetter(index, detail, into: &work)
        }
    }
}
