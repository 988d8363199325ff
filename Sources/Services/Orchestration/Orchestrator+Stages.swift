import JSON
import Workflow

/// Runs that start from a stage of an older one: made here, or refused with a row in the audit log.
///
/// The parent may live on another lane: its rows are read, and the turn that makes the child commits only if they are
/// still the same (the store asks again, under a lock). A retry and a redrive of one run meet in `live_key`.
extension Orchestrator {
    /// Brings into sight what the plans need: parents, their definitions, and which of them have a live retry.
    func lookUpStages(_ requests: [RunRequest], _ known: inout Known) throws(StoreError) {
        let parents = Set(requests.compactMap(\.stage?.parentRunID))
        for rows in try rows(of: Array(parents)[...], &known) { known.parents[rows.run.runID] = rows }
        try flows.fetch(known.parents.values.map(\.run.definitionSHA256), store: store)
        known.live.merge(try store.liveRetries(of: Array(parents))) { _, new in new }
        let keys = requests.compactMap { request in
            request.stage.map { CommandKey(runID: request.runID, requestID: $0.requestID) }
        }
        known.answered.formUnion(try store.answered(keys))
    }

    func retryStage(
        _ request: RunRequest, _ stage: StageRetryRequest, _ lane: Int32, _ known: Known, _ turn: inout Turn
    ) {
        guard !isAnswered(request, stage, known, turn) else { return observer.noticed(.ignored("repeatedCommand")) }
        do throws(StageRefusal) {
            try makeChild(request, stage, lane, known, &turn)
        } catch {
            guard error.code == .liveRetry, stage.queues else { return refuse(request, stage, error, &turn) }
            standInLine(request, stage, lane, &turn)
        }
    }

    private func isAnswered(
        _ request: RunRequest, _ stage: StageRetryRequest, _ known: Known, _ turn: Turn
    ) -> Bool {
        let key = CommandKey(runID: request.runID, requestID: stage.requestID)
        return known.answered.contains(key) || turn.decision.audits.contains { $0.key == key }
    }

    /// A request for a run that is there already. Whoever asked for a stage retry waits for a word about it.
    func refuseTaken(_ request: RunRequest, _ known: Known, _ turn: inout Turn) {
        guard let stage = request.stage, !isAnswered(request, stage, known, turn) else {
            return observer.noticed(.ignored("duplicateRequest"))
        }
        refuse(request, stage, StageRefusal(.runExists, "the id \(request.runID) is taken"), &turn)
    }

    private func refuse(
        _ request: RunRequest, _ stage: StageRetryRequest, _ refusal: StageRefusal, _ turn: inout Turn
    ) {
        let at = time.now(clock.monotonic)
        turn.decision.audits.append(
            AuditRow(request, stage, refusal: refusal, at: at))
    }

    private func standInLine(
        _ request: RunRequest, _ stage: StageRetryRequest, _ lane: Int32, _ turn: inout Turn
    ) {
        mayHaveWaiting = true
        turn.decision.pendingCommands.append(
            PendingCommandRow(
                lane: lane, runID: request.runID, requestID: stage.requestID, message: request.message(of: stage),
                receivedAt: time.now(clock.monotonic), waitsFor: stage.parentRunID))
    }

    private func makeChild(
        _ request: RunRequest, _ stage: StageRetryRequest, _ lane: Int32, _ known: Known, _ turn: inout Turn
    ) throws(StageRefusal) {
        if let problem = request.problem { throw StageRefusal(.invalidRequest, problem) }
        let id = stage.parentRunID
        if let why = known.setAside[id] { throw StageRefusal(.missingSnapshot, why) }
        guard let parent = known.parents[id] else { throw StageRefusal(.unknownRun, "no run \(id) is known") }
        guard parent.run.flowID == request.flowID else {
            throw StageRefusal(.invalidRequest, "run \(id) is one of flow \(parent.run.flowID), not \(request.flowID)")
        }
        // What this turn has done to it is no row yet.
        if let status = runs[id]?.status, !status.isFinal || turn.touches(runs[id]) {
            throw StageRefusal(.notEnded, "run \(id) has not ended: \(status.rawValue)")
        }
        let (latest, version) = try newerFlow(request, stage, known)
        let sources = StageRetrySources(
            parent: parent, pinned: flows[parent.run.definitionSHA256], latest: latest,
            live: liveRetry(of: id, known, turn), depthLimit: settings.retryDepthLimit)
        let plan = try StageRetryPlan.make(sources, stage).get()
        if let refusal = plan.refusal { throw refusal }
        let turnContext = context(lane: lane)
        var machine = RunMachine(
            plan, of: parent, request, stage, version: latest == nil ? parent.run.flowVersion : version, lane: lane,
            turn: turnContext)
        machine.enterAsChild(plan, of: parent.run, &turn.decision, turnContext)
        turn.touch(runs.insert(machine))
        let told = "\(plan.reused.count) reused, \(plan.again.count) run again"
        turn.decision.audits.append(
            AuditRow(request, stage, made: told, at: time.now(clock.monotonic)))
    }

    /// The registered definition it is to run by instead of its parent's own.
    private func newerFlow(
        _ request: RunRequest, _ stage: StageRetryRequest, _ known: Known
    ) throws(StageRefusal) -> (Flow?, Int32?) {
        guard request.namesVersion else { return (nil, nil) }
        switch flows.flow(for: request, known) {
        case .success(let (flow, version)): return (flow, version)
        case .failure(let problem): throw StageRefusal(.definitionMismatch, problem.sentence)
        }
    }

    /// The live retry or redrive of a run: of this turn, in memory, or in the rows.
    func liveRetry(of id: Identifier, _ known: Known, _ turn: Turn) -> Identifier? {
        if let run = runs[id], run.machine.row.state.liveKey == id { return id }
        if let child = turn.decision.newRuns.first(where: { $0.lineage?.parentRunID == id }) { return child.runID }
        return known.live[id]
    }

    // MARK: In line

    func request(in row: PendingCommandRow) -> RunRequest? {
        let record = InputRecord(topic: .flowRuns, lane: row.lane, offset: 0, value: row.message)
        guard case .request(let request) = reader.read(record), request.stage != nil else { return nil }
        return request
    }

    /// One that stood in line: made, refused, or it goes on waiting because another one came first.
    func retryQueued(_ row: PendingCommandRow, _ known: Known, _ turn: inout Turn) {
        guard let request = request(in: row), var stage = request.stage else {
            observer.noticed(.quarantined("a waiting stage retry of run \(row.runID) cannot be read"))
            return turn.decision.settledCommands.append(row.id)
        }
        let id = request.runID
        let isKnown = runs.contains(id) || endedRuns[id] != nil || known.ended[id] != nil || known.home[id] != nil
        if !isKnown {
            let isLate = time.now(clock.monotonic) - row.receivedAt > settings.queuePatience
            if isLate, liveRetry(of: stage.parentRunID, known, turn) != nil {
                refuse(request, stage, StageRefusal(.queueExpired, "it has stood in line for too long"), &turn)
                return turn.decision.settledCommands.append(row.id)
            }
            guard liveRetry(of: stage.parentRunID, known, turn) == nil else { return }
            stage.queues = false
            retryStage(request, stage, row.lane, known, &turn)
        }
        turn.decision.settledCommands.append(row.id)
    }
}
