import Workflow

/// What people see of this worker. About once a second, and only where there is a board.
extension Executor {
    func showIfDue(_ now: StepTime) {
        guard let board = outside.board, now.steady >= shownAt else { return }
        shownAt = now.steady + limits.showInterval
        var picture = WorkerPicture()
        picture.slots = limits.slots
        picture.slotsInUse = running.count
        picture.abandoned = abandoned.count
        picture.partitions = places.count
        picture.isStopping = state != .running
        picture.leases = running.attempts.map { attempt in
            TaskLease(
                runID: attempt.message.runID, taskID: attempt.message.taskID, attempt: attempt.message.attempt ?? 0,
                since: attempt.started.wall, progress: attempt.progress?.json)
        }
        board.show(picture)
    }
}
