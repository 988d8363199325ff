import JSON
import Platform
import Workflow

/// Starting: from a waiting record to an answer, or to an occupied slot.
extension Executor {
    /// Takes a burst of each partition in turn, until nothing waits, every slot is taken or too much is on its way out.
    func startWaiting(_ now: StepTime) {
        guard waitingCount > 0, !partitions.isEmpty else { return }
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

    private var hasRoomToStart: Bool { !running.isFull && publications.bytes < limits.unreportedBytes }

    private func startBurst(of index: Int, _ now: StepTime) -> Bool {
        guard partitions[index].phase == .open else { return false }
        var started = 0
        while started < 16, hasRoomToStart, partitions[index].isAdmitting,
            let record = partitions[index].waiting.popFirst()
        {
            forget(record)
            start(record, index, now)
            started += 1
        }
        return started > 0
    }

    private func start(_ record: TaskLogRecord, _ index: Int, _ now: StepTime) {
        if partitions[index].ledger == nil { partitions[index].ledger = OffsetLedger(base: record.offset) }
        guard partitions[index].ledger?.receive(record.offset) != .finished else {
            counts.skipped += 1
            noteProgress(index)
            return
        }
        partitions[index].open += 1
        if let metrics = outside.metrics, let published = record.timestamp {
            metrics.waitSeconds.record(Double(max(0, now.wall / 1_000 - published)) / 1_000)
        }
        let origin = RecordOrigin(
            assignment: AssignmentID(index: index, generation: partitions[index].generation),
            partition: record.partition, offset: record.offset, traceparent: record.traceparent)
        do {
            let message = try reader.read(record.value)
            run(RunningAttempt(message, origin, handler(named: message.handler), now))
        } catch {
            quarantine(record, origin, error, now)
        }
    }

    private func run(_ attempt: RunningAttempt) {
        let message = attempt.message
        guard let known = attempt.handler else {
            outside.metrics?.unknownHandlers.add()
            return finish(attempt, .failed(unknownHandler(message)), attempt.started)
        }
        KillPoint.taskRunning.pass()
        let input = HandlerInput(message)
        outside.witness?.started(runID: input.runID, taskID: input.taskID, attempt: input.attempt)
        switch known.handler.answer(input) {
        case .now(let outcome): finish(attempt, outcome, attempt.started)
        case .later(let milliseconds, let outcome): wait(attempt, milliseconds, outcome)
        case .run:
            let deadline = attempt.started.steady + timeLimit(message)
            let id = running.add(attempt.waiting(nil, deadline: deadline), wake: deadline)
            outside.runner.start(id, known.handler, input)
        }
    }

    private func wait(_ attempt: RunningAttempt, _ milliseconds: Int, _ outcome: HandlerOutcome) {
        let deadline = attempt.started.steady + timeLimit(attempt.message)
        let due = attempt.started.steady + Int64(min(milliseconds, 1 << 40)) * 1_000
        _ = running.add(attempt.waiting(outcome, deadline: deadline), wake: min(due, deadline))
    }

    private func timeLimit(_ message: TaskMessage) -> Int64 {
        message.timeoutSeconds.map { Int64(min($0, 1e9) * 1_000_000) } ?? limits.taskTimeout
    }

    private func handler(named name: Bytes) -> KnownHandler? {
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

    private func text(_ bytes: Bytes) -> String { String(decoding: bytes.prefix(255), as: UTF8.self) }
}

extension RunningAttempt {
    init(_ message: TaskMessage, _ origin: RecordOrigin, _ handler: KnownHandler?, _ now: StepTime) {
        self.init(
            message: message, origin: origin, handler: handler, started: now, outcome: nil, deadline: .max, ending: nil)
    }

    func waiting(_ outcome: HandlerOutcome?, deadline: Int64) -> RunningAttempt {
        RunningAttempt(
            message: message, origin: origin, handler: handler, started: started, outcome: outcome, deadline: deadline,
            ending: nil)
    }
}
