import JSON

extension RunMachine {
    /// Folds rows into memory: what a take-over or an evicted run needs, and what the simulator compares with the
    /// owner's memory. Gives exactly the machine that recorded them, but for rendered inputs.
    public init(_ rows: RunRows, flow: Flow) {
        self.flow = flow
        row = rows.run
        envelope = row.envelope
        latest = rows.latest
        slots = flow.tasks.map { TaskSlot(waitingFor: $0.dependsOn.count) }
        openTasks = slots.count
        var completedAt = [Microseconds](repeating: 0, count: slots.count)
        for stored in rows.tasks {
            guard let index = flow.index(of: stored.taskID) else { continue }
            fold(stored, at: index)
            completedAt[index] = stored.completedAt ?? 0
        }
        for index in flow.order { derivePending(index, completedAt) }
    }

    mutating func fold(_ stored: StoredTask, at index: Int) {
        slots[index].status = stored.status
        slots[index].attemptBase = stored.attemptBase
        slots[index].attempt = stored.status == .retrying ? stored.attempts : max(stored.attempts - 1, 0)
        slots[index].batch = stored.batch
        slots[index].isNew = false
        slots[index].goesOn = stored.goesOn
        slots[index].isReused = stored.reusedFrom != nil
        slots[index].readyAt = stored.createdAt
        slots[index].nextRetryAt = stored.nextRetryAt
        slots[index].heldUntil = stored.heldUntil
        slots[index].isOut = stored.attempts > 0 || (stored.status.isOpen && stored.status != .pending)
        if stored.status == .running {
            holds[index] = TaskHold(since: stored.heldSince ?? stored.createdAt, workerID: stored.workerID)
        }
        if !stored.status.isOpen { openTasks -= 1 }
        if stored.status.isUsable {
            keep(output: flow.isOutputRead(index) ? stored.output ?? JSONValue.null : nil, of: index)
            for dependent in flow.tasks[index].dependents { slots[dependent].waitingFor -= 1 }
        }
        if let error = stored.error, let errorClass = stored.errorClass {
            failures[index] = FailureDetail(error: error, errorClass: errorClass, at: stored.completedAt ?? 0)
        }
    }

    /// A task without a row (or waiting again since its run was revived) whose dependencies are usable was dispatched
    /// by the largest batch among them, or waits for the end of a pause; unless it is out in a segment.
    private mutating func derivePending(_ index: Int, _ completedAt: [Microseconds]) {
        guard slots[index].status == .pending, slots[index].waitingFor == 0 else { return }
        let dependencies = flow.tasks[index].dependsOn
        slots[index].readyBatch = dependencies.reduce(row.batch) { max($0, slots[$1].batch) }
        slots[index].readyAt = dependencies.reduce(row.createdAt) { max($0, completedAt[$1]) }
        guard !row.state.status.isFinal else { return }
        if isFollowed(index) {
            slots[index].isOut = true
        } else if row.state.control.releaseBatch(ready: slots[index].readyBatch) == nil {
            ready.append(index)
        } else {
            slots[index].isOut = true
            slots[index].readyAt = row.state.control.releaseTime(
                ready: slots[index].readyBatch, at: slots[index].readyAt)
        }
    }
}

extension RunRows {
    /// The latest time that anything in them happened at.
    var latest: Microseconds {
        let pauses = run.state.control.pauses.reduce(run.createdAt) { max($0, $1.at, $1.resumedAt ?? 0) }
        let lives = run.state.control.revivals.reduce(pauses) { max($0, $1.at) }
        return tasks.reduce(max(lives, run.state.updatedAt)) { max($0, $1.createdAt, $1.completedAt ?? 0) }
    }
}
