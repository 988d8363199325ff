import JSON
import Platform
import Workflow

/// Starting: from a waiting record to an answer, or to an occupied slot.
extension Executor {
    /// Takes a burst of each partition in turn, until nothing waits, every slot is taken or too much is on its way out.
    func startWaiting(_ now: StepTime) {
        guard waitingCount > 0, !partitions.isEmpty else { return }
        anchor(now)
        guard !startSuspects(now) else { return }
        turn = (turn + 1) % partitions.count
        var isMoving = true
        while isMoving {
            isMoving = false
            for step in partitions.indices {
                let index = (turn + step) % partitions.count
                if startBurst(of: index, now) { isMoving = true }
                guard hasRoomToStart else { return }
            }
        }
    }

    private var hasRoomToStart: Bool { running.count < usableSlots && publications.bytes < limits.unreportedBytes }

    private func startBurst(of index: Int, _ now: StepTime) -> Bool {
        guard partitions[index].phase == .open, partitions[index].ledger != nil else { return false }
        var started = 0
        while started < 16, hasRoomToStart, partitions[index].isAdmitting, partitions[index].isNextPlain,
            let record = take(index)
        {
            start(record, index, now)
            started += 1
        }
        return started > 0
    }

    func start(_ record: TaskLogRecord, _ index: Int, _ now: StepTime, isSuspect: Bool = false) {
        guard let origin = admit(record, index, now, isSuspect: isSuspect) else { return }
        do {
            let message = try reader.read(record.value)
            guard !isSuspect || !message.isSegment else { return giveBack(message, origin) }
            var attempt = RunningAttempt(message, origin, handler(named: message.handler), now)
            attempt.segment = beginSegment(message)
            run(attempt)
        } catch {
            quarantine(record, origin, error, now)
        }
    }

    /// Notes that a record is being worked on. Nil for one that a former owner had finished.
    func admit(_ record: TaskLogRecord, _ index: Int, _ now: StepTime, isSuspect: Bool) -> RecordOrigin? {
        switch partitions[index].ledger?.receive(record.offset) {
        case .fresh, nil: break
        case .restarted: partitions[index].forgetSuspects()
        case .finished:
            counts.skipped += 1
            noteProgress(index)
            return nil
        }
        partitions[index].open += 1
        if let waitSeconds, let published = record.timestamp {
            waitSeconds.record(Double(max(0, now.wall / 1_000 - published)) / 1_000)
        }
        return RecordOrigin(
            assignment: AssignmentID(index: index, generation: partitions[index].generation),
            partition: record.partition, offset: record.offset, traceparent: record.traceparent, isSuspect: isSuspect)
    }

    func run(_ attempt: RunningAttempt) {
        guard let known = attempt.handler else {
            outside.metrics?.unknownHandlers.add()
            return finish(attempt, .failed(unknownHandler(attempt.message)), attempt.started)
        }
        KillPoint.taskRunning.pass()
        outside.journal.debug("an attempt begins", fields(attempt.message))
        let input = HandlerInput(attempt.message)
        outside.witness?.started(runID: input.runID, taskID: input.taskID, attempt: input.attempt)
        switch known.handler.answer(input) {
        case .now(let outcome): finish(attempt, outcome, attempt.started)
        case .later(let milliseconds, let outcome): wait(attempt, milliseconds, outcome)
        case .run:
            let progress = HandlerProgress()
            let id = running.add(occupying(attempt, progress: progress))
            outside.runner.start(id, known.handler, HandlerInput(attempt.message, progress))
        }
    }

    private func wait(_ attempt: RunningAttempt, _ milliseconds: Int, _ outcome: HandlerOutcome) {
        let due = attempt.started.steady + Int64(min(milliseconds, 1 << 40)) * 1_000
        _ = running.add(occupying(attempt, outcome: outcome, due: due))
    }

    private func occupying(
        _ attempt: RunningAttempt, outcome: HandlerOutcome? = nil, progress: HandlerProgress? = nil, due: Int64 = .max
    ) -> RunningAttempt {
        let deadline = attempt.started.steady + timeLimit(attempt.message)
        let untilHeld = attempt.isSettled ? limits.holdInterval : limits.holdAfter
        var occupying = RunningAttempt(
            attempt.message, attempt.origin, attempt.handler, attempt.started, deadline: deadline,
            endAt: min(due, deadline), holdAt: attempt.started.steady + untilHeld, outcome: outcome,
            progress: progress)
        (occupying.segment, occupying.isSettled) = (attempt.segment, attempt.isSettled)
        return occupying
    }

    private func timeLimit(_ message: TaskMessage) -> Int64 {
        message.timeoutSeconds.map { Int64(min($0, 1e9) * 1_000_000) } ?? limits.taskTimeout
    }

    func handler(named name: Bytes) -> KnownHandler? {
        if let lastKnown, lastKnown.name.elementsEqual(name) { return lastKnown }
        let name = Identifier(name)
        if let found = known[name] {
            lastKnown = found
        } else {
            guard let handler = registry[name] else { return nil }
            lastKnown = KnownHandler(name, handler, outside.metrics)
            known[name] = lastKnown
        }
        return lastKnown
    }

    private func unknownHandler(_ message: TaskMessage) -> ReportedFailure {
        let name = message.handler.isEmpty ? "the task names no handler" : "unknown handler: \(text(message.handler))"
        let known = registry.names.joined(separator: ", ")
        return ReportedFailure("\(name); known here: \(known)", .permanent, type: "unknown_handler")
    }

    /// What finds an attempt again in every program's log.
    func fields(_ message: TaskMessage) -> [LogField] {
        [
            .runID(text(message.runID)), .taskID(text(message.taskID)), .attempt(message.attempt ?? 0),
            .handler(text(message.handler)),
        ]
    }

    func text(_ bytes: Bytes) -> String { String(decoding: bytes.prefix(255), as: UTF8.self) }
}
