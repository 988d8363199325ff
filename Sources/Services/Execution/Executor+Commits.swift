import Platform
import Workflow

/// Publishing, and committing what is reported.
extension Executor {
    /// Offers results to the log. What it does not take now is offered again in the next step.
    func publish(_ now: StepTime) {
        guard publications.hasUnsent, now.steady >= publishAt else { return }
        KillPoint.finishedNotPublished.pass()
        while publications.hasUnsent {
            outgoing.removeAll(keepingCapacity: true)
            publications.unsent(into: &outgoing, limit: 1_024)
            let taken = outside.log.publish(outgoing)
            publications.sent(taken)
            guard taken == outgoing.count else { break }
        }
        outgoing.removeAll(keepingCapacity: true)
        KillPoint.publishedNotReported.pass()
    }

    func report(_ token: Int, _ delivery: TaskDelivery, _ now: StepTime) {
        guard delivery != .undelivered else {
            if isOutdated(token) { _ = publications.delivered(token) }
            if let segment = publications[token]?.segment {
                publications.repeatLine(of: segment, from: token)
            } else {
                guard publications.undelivered(token) else { return }
            }
            counts.republished += 1
            publishAt = now.steady + 100_000
            return
        }
        if delivery == .delivered, let segment = publications[token]?.segment {
            return arrive(token, in: segment)
        }
        guard let publication = publications.delivered(token) else { return }
        counts.published += 1
        guard delivery != .tooLarge else {
            publication.segment?.line.removeAll { $0 == token }
            return shorten(publication, now)
        }
        settle(publication)
    }

    private func arrive(_ token: Int, in segment: RunningSegment) {
        for publication in publications.arrived(token, in: segment) {
            counts.published += 1
            settle(publication)
        }
    }

    func noteProgress(_ index: Int) {
        partitions[index].uncommitted += 1
        uncommitted += 1
    }

    /// Starts a commit of everything that moved, when it is time: about once a second under load, soon when there is
    /// nothing else to do. One is out at a time; one that is not answered is given up after ten seconds.
    func commitIfDue(_ now: StepTime, isIdle: Bool) {
        guard uncommitted > 0 else { return }
        if let commitOut, now.steady - commitOut < 10_000_000 { return }
        let since = committedAt == .min ? Int64.max : now.steady - committedAt
        let isDue =
            since >= limits.commitInterval
            || since >= limits.idleCommitInterval && isIdle
            || since >= limits.busyCommitInterval && uncommitted >= limits.commitRecords
        guard isDue else { return }
        var commits: [TaskCommit] = []
        for index in partitions.indices where partitions[index].phase == .open && partitions[index].uncommitted > 0 {
            if let commit = partitions[index].commit(clean: false) { commits.append(commit) }
            uncommitted -= partitions[index].uncommitted
            partitions[index].uncommitted = 0
        }
        guard !commits.isEmpty else { return }
        KillPoint.reportedNotCommitted.pass()
        committedAt = now.steady
        commitOut = now.steady
        counts.commits += 1
        outside.log.commit(commits)
    }

    /// A commit that failed left nothing behind: everything open is committed again.
    func commitEnded(_ succeeded: Bool) {
        commitOut = nil
        guard !succeeded else { return }
        counts.failedCommits += 1
        for index in partitions.indices where partitions[index].phase == .open && partitions[index].ledger != nil {
            noteProgress(index)
        }
    }
}
