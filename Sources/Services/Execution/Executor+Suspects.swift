import Platform
import Workflow

/// Starting what may have ended the executor before: named in the log before it starts, so that it is found out.
///
/// | times named | how it starts |
/// |---|---|
/// | 0 | a few at a time |
/// | 1 | alone in the process |
/// | 2 | not at all: its task fails as `poison` |
extension Executor {
    struct Suspect {
        let record: TaskLogRecord
        let index: Int
        let standing: PartitionState.Standing

        var isNamed: Bool { standing == .suspect || standing == .alone }
    }

    /// Commits where a partition begins that nobody ever committed: without that, a record that ends its executor
    /// would leave no trace.
    func anchor(_ now: StepTime) {
        guard now.steady >= nameAt else { return }
        var fresh: [Int] = []
        for index in partitions.indices where partitions[index].phase == .open && partitions[index].ledger == nil {
            guard let first = partitions[index].waiting.first else { continue }
            partitions[index].ledger = OffsetLedger(base: first.offset)
            fresh.append(index)
        }
        guard !fresh.isEmpty, !commitNow(fresh, now) else { return }
        for index in fresh { partitions[index].ledger = nil }
    }

    /// Starts suspects as far as they may. True: one is alone or has to be, so that nothing else may start.
    func startSuspects(_ now: StepTime) -> Bool {
        guard partitions.contains(where: { $0.suspectsBelow > .min }) else { return false }
        guard !partitions.contains(where: { $0.lone != nil && $0.phase != .gone }) else { return true }
        guard now.steady >= nameAt else { return false }
        var line: [Suspect] = []
        for index in partitions.indices where partitions[index].phase == .open { takeSuspects(of: index, &line) }
        start(line, now)
        return startAlone(now)
    }

    /// Takes suspects from the front of a partition's line, and what lies between them and needs no name.
    private func takeSuspects(of index: Int, _ line: inout [Suspect]) {
        let out = partitions.reduce(0) { $0 + $1.namedOut }
        let room = min(limits.suspects - out, usableSlots - running.count)
        while let next = partitions[index].waiting.first, publications.bytes < limits.unreportedBytes {
            let standing = partitions[index].standing(of: next.offset)
            if standing == .alone { return }
            if standing == .plain {
                if next.offset >= partitions[index].suspectsBelow { partitions[index].suspectsBelow = .min }
                return
            }
            if standing == .suspect, line.count(where: \.isNamed) >= room { return }
            guard let record = take(index) else { return }
            line.append(Suspect(record: record, index: index, standing: standing))
        }
    }

    /// The first that has to be alone is started once everything else has ended and is in the log.
    private func startAlone(_ now: StepTime) -> Bool {
        let lonely = partitions.indices.first { index in
            guard partitions[index].phase == .open, let next = partitions[index].waiting.first else { return false }
            return partitions[index].standing(of: next.offset) == .alone
        }
        guard let lonely else { return false }
        guard publications.count == 0, running.attempts.allSatisfy(\.isSettled), running.count < usableSlots,
            let record = take(lonely)
        else { return true }
        partitions[lonely].lone = record.offset
        start([Suspect(record: record, index: lonely, standing: .alone)], now)
        return true
    }

    /// Names them, commits that, and only then starts them; in the order of the log.
    private func start(_ line: [Suspect], _ now: StepTime) {
        let named = line.filter(\.isNamed)
        for suspect in named { partitions[suspect.index].ledger?.name(suspect.record.offset) }
        if !named.isEmpty {
            let touched = partitions.indices.filter { partitions[$0].phase == .open }
            guard commitNow(touched, now) else {
                for suspect in line.reversed() { putBack(suspect) }
                return
            }
        }
        counts.suspects += named.count
        for suspect in line {
            if suspect.isNamed { partitions[suspect.index].namedOut += 1 }
            switch suspect.standing {
            case .poison: condemn(suspect.record, suspect.index, now)
            default: start(suspect.record, suspect.index, now, isSuspect: suspect.isNamed)
            }
        }
    }

    private func putBack(_ suspect: Suspect) {
        if suspect.isNamed { partitions[suspect.index].ledger?.unname(suspect.record.offset) }
        partitions[suspect.index].lone = nil
        partitions[suspect.index].waiting.putBack(suspect.record)
        remember(suspect.record)
    }

    private func commitNow(_ indices: [Int], _ now: StepTime) -> Bool {
        do {
            try outside.log.commitNow(indices.compactMap { partitions[$0].commit(clean: false) })
            counts.commits += 1
            return true
        } catch {
            counts.failedCommits += 1
            outside.journal.limited(
                "name", .warning, "What may end this process could not be named, so it does not start yet.",
                [.error(error.reason)])
            nameAt = now.steady + 200_000
            return false
        }
    }

    /// It was alone in a process twice named, and that process ended: it is not run again.
    private func condemn(_ record: TaskLogRecord, _ index: Int, _ now: StepTime) {
        guard let origin = admit(record, index, now, isSuspect: false) else { return }
        do {
            let message = try reader.read(record.value)
            counts.poison += 1
            outside.journal.error(
                "A task has ended its executor each time it was started, and is given up.",
                [.runID(text(message.runID)), .taskID(text(message.taskID)), .handler(text(message.handler))])
            finish(RunningAttempt(message, origin, nil, now), .failed(Self.poison), now)
        } catch {
            quarantine(record, origin, error, now)
        }
    }

    private static let poison = ReportedFailure(
        "its executor's process ended each of the 3 times this task was started, the last time with nothing else running",
        .poison, type: "poison")
}
