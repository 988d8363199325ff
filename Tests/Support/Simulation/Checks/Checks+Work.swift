import JSON
import Workflow

/// What must hold of work at the moment it is handed over, and of the mirror.
extension Checks {
    /// I7 and I8: work follows from committed rows, and goes nowhere after a run's end.
    func sending(_ batch: OutBatch, by me: Incarnation) {
        for entry in batch.entries {
            guard case .taskQueue = entry.topic else { continue }
            checkDispatch(Self.attempt(JSONValue(trusted: batch.value(of: entry))), by: me)
        }
    }

    private func checkDispatch(_ key: AttemptKey, by me: Incarnation) {
        let name = "\(key.runID)/\(key.taskID)/\(key.attempt)"
        guard isStrict else { return }
        guard let run = store.tables.runs[key.runID] else {
            return fail("I7", "\(name) goes out, and its run is no row")
        }
        let tasks = store.tables.tasks[key.runID] ?? [:]
        for above in dependencies(key) where tasks[above]?.status.isUsable != true {
            fail("I8", "\(name) goes out, and \(above) it depends on is \(tasks[above]?.status.rawValue ?? "open")")
        }
        guard store.tables.checkpoints[run.lane]?.owner.hasPrefix(me.name + "/") == true else {
            return world.count("zombie repeats a dispatch")
        }
        if run.state.status.isFinal { fail("I7", "\(name) goes out, and its run is \(run.state.status)") }
        if let task = tasks[key.taskID], !task.status.isOpen {
            fail("I7", "\(name) goes out, and the task is \(task.status)")
        }
    }

    func dependencies(_ key: AttemptKey) -> [Identifier] {
        guard let flow = world.traffic.requests.first(where: { $0.runID == key.runID.description })?.flow,
            let task = flow.tasks.first(where: { $0.id == key.taskID.description })
        else { return [] }
        return task.dependsOn.map { Identifier("t\($0)") }
    }

    /// I4: the mirror is never ahead of the rows, nor of another state at the same batch.
    func mirrored(_ entry: MirrorEntry) {
        guard isStrict, let run = store.tables.runs[entry.runID], let row = store.tables.checkpoints[run.lane] else {
            if isStrict { fail("I4", "the mirror shows run \(entry.runID), which is no row") }
            return
        }
        if entry.epoch > row.epoch || entry.batch > row.batch {
            fail(
                "I4",
                "the mirror shows \(entry.runID) at \(entry.epoch)/\(entry.batch), "
                    + "its lane is at \(row.epoch)/\(row.batch)"
            )
        }
        guard entry.batch >= lastTouch[entry.runID] ?? .max else { return }
        let status = JSONValue(trusted: entry.json).name("status")
        if status != run.state.status.rawValue {
            fail("I4", "the mirror shows \(entry.runID) as \(status), it is \(run.state.status)")
        }
    }

    /// I4: a newer state is never replaced by an older one.
    func mirrorReplaced(_ old: MirrorEntry, by new: MirrorEntry) {
        guard isStrict, (new.epoch, new.batch) < (old.epoch, old.batch) else { return }
        fail("I4", "the mirror of \(new.runID) goes back from \(old.epoch)/\(old.batch) to \(new.epoch)/\(new.batch)")
    }
}
