import Platform
import Workflow

/// Attempts that take long, and those that have to go on elsewhere: what their lanes are told.
extension Executor {
    /// Tells the lane that an attempt goes on here. Once that is in the log, its offset counts as finished, so that one
    /// long task never holds the others.
    func reportHeld(_ id: Int, _ attempt: RunningAttempt, _ now: StepTime) {
        guard limits.reportsHeld else { return running.update(id) { $0.holdAt = .max } }
        running.update(id) { $0.holdAt = now.steady + limits.holdInterval }
        guard !attempt.isHoldOut else { return }
        running.update(id) { $0.isHoldOut = true }
        counts.holds += 1
        publish(attempt, milliseconds: Int(limits.holdTime / 1_000), settles: .hold(id))
    }

    /// Gives an attempt back to its lane, which has it done elsewhere: the same attempt, at once.
    func handBack(_ attempt: RunningAttempt) {
        counts.handedBack += 1
        let settles: Publication.Settling = attempt.segment == nil ? .record : .segment
        attempt.segment?.isOver = true
        publish(attempt, milliseconds: 0, settles: attempt.isSettled ? .nothing : settles)
    }

    private func publish(_ attempt: RunningAttempt, milliseconds: Int, settles: Publication.Settling) {
        publications.add(
            .done, lane: attempt.message.lane, key: attempt.message.runID,
            value: writer.held(attempt.message, milliseconds: milliseconds, link: link(attempt)), of: attempt.origin,
            settles: settles, in: attempt.segment)
    }

    /// What still runs of a partition that goes is held from here.
    func holdAll(of index: Int, _ now: StepTime) {
        for id in running.ids {
            guard let attempt = running[id], !attempt.isSettled, isOrigin(attempt.origin, index) else { continue }
            reportHeld(id, attempt, now)
        }
    }

    private func isOrigin(_ origin: RecordOrigin, _ index: Int) -> Bool {
        origin.assignment == AssignmentID(index: index, generation: partitions[index].generation)
    }

    /// A result or a word of holding is in the log.
    func settle(_ publication: Publication) {
        switch publication.settles {
        case .nothing: break
        case .record: settle(publication.origin)
        case .segment:
            guard let segment = publication.segment, isAnswered(segment) else { return }
            settle(publication.origin)
        case .hold(let id):
            guard let attempt = running[id] else { return }
            running.update(id) { ($0.isHoldOut, $0.isSettled) = (false, true) }
            if !attempt.isSettled { settle(publication.origin) }
            KillPoint.held.pass()
        }
    }

    private func isAnswered(_ segment: RunningSegment) -> Bool {
        #if DEBUG
            if ExecutorMutant.settlesEarly { return true }
        #endif
        return segment.isOver && segment.line.isEmpty
    }

    private func settle(_ origin: RecordOrigin) {
        guard let index = index(of: origin.assignment) else { return }
        partitions[index].settle(origin)
        noteProgress(index)
    }

    /// What is on its way of an attempt that has ended since, and would only say that it runs. In a segment it goes
    /// again with the line it stands in.
    func isOutdated(_ token: Int) -> Bool {
        guard let publication = publications[token], publication.segment == nil,
            case .hold(let id) = publication.settles
        else { return false }
        return running[id] == nil
    }

    /// The grace of a stop is over: what still runs is told to end, and goes back to its lane if it does not succeed.
    func handEverythingBack(_ now: StepTime) {
        state = .handingBack(until: now.steady + limits.cancelGrace + limits.reportGrace)
        guard limits.reportsHeld else { return }
        for id in running.ids {
            guard let attempt = running[id], attempt.ending == nil else { continue }
            tellToEnd(id, attempt, .handedBack, now)
        }
    }
}
