import Platform
import Workflow

/// Partitions that come and go.
extension Executor {
    func assign(_ assignments: [TaskAssignment], _ now: StepTime) {
        for assignment in assignments {
            remove(assignment.partition)
            generation += 1
            let state = PartitionState(assignment, generation: generation)
            if let index = partitions.firstIndex(where: { $0.phase == .gone }) {
                partitions[index] = state
                places[assignment.partition] = index
            } else {
                places[assignment.partition] = partitions.count
                partitions.append(state)
            }
        }
        counts.rebalances += 1
        unassignedSince = nil
        outside.journal.info("Partitions were assigned.", [.count(assignments.count)])
        beginAt = now.steady
        beginOpening(now)
    }

    /// Commits the windows of new partitions without the mark, and waits for the answer: only then may anything of
    /// them start.
    func beginOpening(_ now: StepTime) {
        guard now.steady >= beginAt else { return }
        let opening = partitions.indices.filter { partitions[$0].phase == .opening }
        guard !opening.isEmpty else { return }
        do {
            try outside.log.begin(
                opening.map { partitions[$0].partition },
                committing: opening.compactMap { partitions[$0].commit(clean: false) })
            for index in opening { partitions[index].phase = .open }
        } catch {
            counts.failedCommits += 1
            outside.journal.limited(
                "begin", .warning, "The windows of new partitions could not be committed.", [.error(error.reason)])
            beginAt = now.steady + 200_000
        }
    }

    /// Stops starting tasks of these partitions; they are released once what runs has ended, or its time is up.
    func drain(_ gone: [TaskPartition], _ now: StepTime) {
        outside.journal.info("Partitions are to be given up.", [.count(gone.count)])
        unassignedSince = now.steady
        for partition in gone {
            guard let index = places[partition] else { continue }
            dropWaiting(of: index)
            partitions[index].phase = .draining(until: now.steady + limits.revokeGrace, isHeld: !limits.reportsHeld)
        }
        if !partitions.contains(where: \.phase.isDraining) { release([]) }
    }

    /// Moves what waits for others: partitions that could not begin, and those that may be released now.
    func settle(_ now: StepTime) {
        beginOpening(now)
        let draining = partitions.indices.filter { partitions[$0].phase.isDraining }
        guard !draining.isEmpty else { return }
        for index in draining { holdIfDue(index, now) }
        let isOver = draining.allSatisfy { index in
            guard case .draining(let until, let isHeld) = partitions[index].phase else { return true }
            return partitions[index].open == 0 || isHeld && now.steady >= until
        }
        if isOver { release(draining) }
    }

    /// The grace of a partition that goes is over: the lanes are told of what still runs, in a little more time.
    private func holdIfDue(_ index: Int, _ now: StepTime) {
        guard case .draining(let until, false) = partitions[index].phase, now.steady >= until else { return }
        holdAll(of: index, now)
        partitions[index].phase = .draining(until: now.steady + limits.reportGrace, isHeld: true)
    }

    private func release(_ draining: [Int]) {
        do {
            try outside.log.release(committing: draining.compactMap { partitions[$0].commit(clean: true) })
            counts.commits += 1
        } catch {
            counts.failedCommits += 1
            outside.journal.warning("Partitions were given up without a commit.", [.error(error.reason)])
        }
        for index in draining { remove(partitions[index].partition) }
    }

    /// Forgets a partition. What still runs for it may publish its result; its next owner runs it again.
    func remove(_ partition: TaskPartition) {
        guard let index = places.removeValue(forKey: partition) else { return }
        dropWaiting(of: index)
        counts.leftBehind += partitions[index].open
        uncommitted -= partitions[index].uncommitted
        partitions[index].phase = .gone
    }

    /// The partition an assignment named, if it is still ours by that assignment.
    func index(of assignment: AssignmentID) -> Int? {
        let state = partitions[assignment.index]
        return state.generation == assignment.generation && state.phase != .gone ? assignment.index : nil
    }
}

extension PartitionState.Phase {
    var isDraining: Bool {
        if case .draining = self { true } else { false }
    }
}
