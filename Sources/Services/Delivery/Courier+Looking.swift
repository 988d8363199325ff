import Workflow

/// What is looked at from time to time, however much there is to do: the backlog, what is too old, files of ours.
extension Courier {
    func lookAround() {
        let now = clock.monotonic
        if now >= nextBacklogLook {
            nextBacklogLook = now + limits.backlogLook
            if let backlog = ask({ () throws(StoreError) in try self.store.backlog() }) {
                observer.noticed(.backlog(backlog))
            }
        }
        if now >= nextSweep { sweep(now) }
        checkFiles()
    }

    /// Goes on shortly after while there may be more, then looks through the files.
    private func sweep(_ now: Microseconds) {
        nextSweep = now + limits.sweepPause
        guard let swept = ask({ () throws(StoreError) in try self.store.sweep(self.limits.ages) }) else { return }
        for (id, run) in swept.warned { observer.noticed(.expiresSoon(runID: run, resultID: id)) }
        for (id, run) in swept.removed { observer.noticed(.swept(runID: run, resultID: id)) }
        guard !swept.isFull else { return }
        nextSweep = now + limits.sweepLook
        oldFiles = files?.names(olderThan: limits.fileAge) ?? []
    }

    /// Every courier looks after its own directory: a file whose run has nothing in the inbox goes.
    private func checkFiles() {
        guard let files, !oldFiles.isEmpty else { return }
        let names = oldFiles.prefix(limits.filesAtOnce)
        oldFiles.removeFirst(names.count)
        let found = names.compactMap { name in files.run(of: name).map { (name: name, run: $0) } }
        guard !found.isEmpty,
            let kept = ask({ () throws(StoreError) in try self.store.kept(of: found.map(\.run)) })
        else { return }
        for file in found where !kept.contains(file.run) { files.remove(file.name) }
    }
}
