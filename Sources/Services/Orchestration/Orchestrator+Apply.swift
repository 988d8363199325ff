import JSON
import Workflow

extension Orchestrator {
    func apply(_ input: LaneInput, _ record: InputRecord, _ known: Known, _ turn: inout Turn) {
        if condemned?.isHopeless == true {
            return quarantine(record, Unreadable("the database refuses it: \(condemned?.words ?? "")"), &turn)
        }
        switch input {
        case .unreadable(let problem): quarantine(record, problem, &turn)
        case .request(let request): start(request, record, known, &turn)
        case .result(let result):
            if let condemned {
                take(result.refused(condemned.words), record, known, &turn)
            } else {
                take(result, record, known, &turn)
            }
        case .command(let command):
            if let condemned {
                refuse(command, "the database refuses what it asks for: \(condemned.words)", &turn)
            } else {
                obey(command, record, known, &turn)
            }
        }
    }

    // MARK: Requests

    private func start(_ request: RunRequest, _ record: InputRecord, _ known: Known, _ turn: inout Turn) {
        let id = request.runID
        let isKnown =
            runs.contains(id) || endedRuns[id] != nil || known.ended[id] != nil || known.home[id] != nil
            || known.setAside[id] != nil
        guard !isKnown, turn.ended[id] == nil else { return refuseTaken(request, known, &turn) }
        var request = request
        if let words = condemned?.words {
            let stage = request.stage
            request = RunRequest(runID: id, flowID: request.flowID, sessionID: request.sessionID)
            request.problem = "the database refuses the request: \(words)"
            request.stage = stage
        }
        if let stage = request.stage { return retryStage(request, stage, record.lane, known, &turn) }
        switch flows.flow(for: request, known) {
        case .success(let (flow, version)):
            let problems = flow.problems(ofInput: JSONValue(trusted: request.input))
            guard problems.isEmpty else {
                let sentence = "the input does not fit the flow's input_schema: " + problems.joined(separator: "; ")
                return refuse(request, sentence, false, record, &turn)
            }
            create(request, flow, version, record.lane, &turn)
        case .failure(let problem): refuse(request, problem.sentence, problem.isTooLarge, record, &turn)
        }
    }

    func create(_ request: RunRequest, _ flow: Flow, _ version: Int32?, _ lane: Int32, _ turn: inout Turn) {
        var machine = RunMachine(request, flow: flow, version: version, lane: lane, turn: context(lane: lane))
        machine.enterAsNew(&turn.decision)
        turn.touch(runs.insert(machine))
        if version == nil, flows.needsStoring(flow) {
            turn.decision.definitions.append((flow.sha256Hex, flow.definition))
        }
    }

    /// A request that can never run has a row of its own all the same, and a dead letter with what was sent.
    private func refuse(
        _ request: RunRequest, _ problem: String, _ isTooLarge: Bool, _ record: InputRecord, _ turn: inout Turn
    ) {
        let row = RunRow.refused(
            request, problem: problem, version: request.flowVersion, lane: record.lane, turn: context(lane: record.lane)
        )
        turn.decision.newRuns.append(row)
        if let owed = row.owedEnd { turn.decision.owed.append(owed) }
        turn.ended[request.runID] = .failed
        turn.refused.append(request.runID)
        let letter = QuarantineLetter.write(
            kind: "run", reason: isTooLarge ? .tooLarge : .invalidFlow, sentence: problem,
            original: original(record), run: row, at: row.createdAt)
        post(
            OutboxRow(lane: record.lane, topic: .deadLetters, partition: nil, key: request.runID, value: letter), &turn)
    }

    // MARK: Results

    private func take(_ result: TaskResult, _ record: InputRecord, _ known: Known, _ turn: inout Turn) {
        guard let run = runs[result.runID] else { return passOn(result, record, known, &turn) }
        switch run.machine.apply(result, turn: context(lane: run.lane), into: &turn.decision) {
        case .recorded: turn.touch(run)
        case .ignored(let why): observer.noticed(.ignored(why.rawValue))
        }
    }

    /// Not a run of ours: sent to the lane it lives on, or nobody's.
    private func passOn(_ result: TaskResult, _ record: InputRecord, _ known: Known, _ turn: inout Turn) {
        let id = result.runID
        if let why = known.setAside[id] { return quarantine(record, Unreadable(why, runID: id), &turn) }
        guard let home = known.home[id], home != record.lane else {
            let isEnded = endedRuns[id] != nil || known.ended[id] != nil
            return observer.noticed(.ignored(isEnded ? "runEnded" : "unknownRun"))
        }
        observer.noticed(.forwarded)
        let topic: OutTopic = record.topic == .taskDone ? .taskDone : .taskFailed
        let row = OutboxRow(lane: record.lane, topic: topic, partition: home, key: id, value: record.value ?? [])
        if row.fitsRecord { post(row, &turn) } else { forwardWord(of: result, record, to: home, &turn) }
    }

    /// A result that filled its record to the last byte does not fit one with our key: it is kept as a dead letter, and
    /// its lane is told, so that the run does not wait for it.
    private func forwardWord(of result: TaskResult, _ record: InputRecord, to home: Int32, _ turn: inout Turn) {
        let bytes = record.value?.count ?? 0
        let sentence = "a record of \(bytes) bytes cannot be forwarded to its lane"
        quarantine(record, Unreadable(sentence, isTooLarge: true, runID: result.runID), &turn)
        if case .held = result.outcome { return }
        post(
            OutboxRow(
                lane: record.lane, topic: .taskFailed, partition: home, key: result.runID,
                value: result.failureMessage("too_large: \(sentence)")), &turn)
    }

    // MARK: Commands

    private func obey(_ command: RunCommand, _ record: InputRecord, _ known: Known, _ turn: inout Turn) {
        let id = command.runID
        if let home = known.home[id], home != record.lane { return forward(command, record.lane, to: home, &turn) }
        guard !isAnswered(command, known, turn) else { return observer.noticed(.ignored("repeatedCommand")) }
        if let why = known.setAside[id] { return refuse(command, "\(why)", &turn) }
        let isKnown = runs.contains(id) || endedRuns[id] != nil || known.ended[id] != nil
        let isQueued = known.waiting.contains(id) || turn.decision.pendingCommands.contains { $0.runID == id }
        guard isKnown, !isQueued else { return keepWaiting(command, record, &turn) }
        obey(command, known, &turn)
    }

    /// An ended run's row does not remember what was refused, so the audit rows are asked: sent again after the run has
    /// changed, a refused command must not come true.
    func isAnswered(_ command: RunCommand, _ known: Known, _ turn: Turn) -> Bool {
        known.answered.contains(command.key) || turn.decision.audits.contains { $0.key == command.key }
    }

    /// In its own words, not the record's: those may depend on headers, and name no request id.
    func forward(_ command: RunCommand, _ lane: Int32, to home: Int32, _ turn: inout Turn) {
        let row = OutboxRow(
            lane: lane, topic: .flowRuns, partition: home, key: command.runID, value: command.message)
        guard row.fitsRecord else { return refuse(command, "it is too large to be forwarded to its lane", &turn) }
        observer.noticed(.forwarded)
        post(row, &turn)
    }

    func refuse(_ command: RunCommand, _ why: CommandRefusal, _ turn: inout Turn) {
        turn.decision.audits.append(AuditRow(command, refusal: why, at: time.now(clock.monotonic)))
    }

    func obey(_ command: RunCommand, _ known: Known, _ turn: inout Turn) {
        if command.action == .retry, let other = liveRetry(of: command.runID, known, turn), other != command.runID {
            return refuse(command, .liveRetry(other), &turn)
        }
        let at = time.now(clock.monotonic)
        guard let run = runs[command.runID] else {
            let status = endedRuns[command.runID] ?? known.ended[command.runID] ?? .failed
            return refuse(command, "the run has ended: \(status.rawValue)", &turn)
        }
        switch run.machine.apply(command, turn: context(lane: run.lane), into: &turn.decision) {
        case .done:
            turn.touch(run)
            turn.decision.audits.append(AuditRow(command, refusal: nil, at: at))
        case .repeated: observer.noticed(.ignored("repeatedCommand"))
        case .refused(let why):
            if !run.status.isFinal { turn.touch(run) }
            turn.decision.audits.append(AuditRow(command, refusal: why, at: at))
        }
    }

    private func keepWaiting(_ command: RunCommand, _ record: InputRecord, _ turn: inout Turn) {
        mayHaveWaiting = true
        turn.decision.pendingCommands.append(
            PendingCommandRow(
                lane: record.lane, runID: command.runID, requestID: command.requestID, message: command.message,
                receivedAt: time.now(clock.monotonic)))
    }

    // MARK: Quarantine

    /// Its time is the record's, so that a record that is read again gives the very same letter.
    private func quarantine(_ record: InputRecord, _ problem: Unreadable, _ turn: inout Turn) {
        let letter = QuarantineLetter.write(
            kind: "record", reason: problem.isTooLarge ? .tooLarge : .undecodable, sentence: problem.sentence,
            original: original(record), runID: problem.runID, at: record.time)
        observer.noticed(.quarantined(problem.sentence))
        post(
            OutboxRow(lane: record.lane, topic: .deadLetters, partition: nil, key: problem.runID, value: letter), &turn)
    }

    /// Work that rows alone could not tell again: recorded and published.
    func post(_ row: OutboxRow, _ turn: inout Turn) {
        turn.decision.outbox.append(row)
        turn.decision.work.append(row)
    }

    private func original(_ record: InputRecord) -> OriginalRecord {
        OriginalRecord(
            topic: settings.topicPrefix + "\(record.topic.name)", partition: record.lane, offset: record.offset,
            key: record.key, value: record.value ?? [])
    }
}
