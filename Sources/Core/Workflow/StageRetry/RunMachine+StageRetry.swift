import JSON

/// A run that starts from a stage of an older one.
extension RunMachine {
    /// Its reused tasks are folded as if their rows were there already; what depends on nothing else is ready.
    public init(
        _ plan: StageRetryPlan, of parent: RunRows, _ request: RunRequest, _ stage: StageRetryRequest,
        version: Int32?, lane: Int32, turn: TurnContext
    ) {
        var turn = turn
        // Another lane's clock may be a little ahead: nothing begins before what it is made from.
        turn.time = max(turn.time, parent.latest)
        flow = plan.flow
        row = RunRow(plan, of: parent.run, request, stage, version: version, lane: lane, turn: turn)
        envelope = row.envelope
        latest = turn.time
        slots = flow.tasks.map { TaskSlot(waitingFor: $0.dependsOn.count) }
        openTasks = slots.count
        let rows = Dictionary(parent.tasks.map { ($0.taskID, $0) }) { first, _ in first }
        for piece in plan.reused { fold(piece.taken(from: rows[piece.taskID], parent.run, turn), at: piece.task) }
        for index in flow.order where slots[index].status == .pending && slots[index].waitingFor == 0 {
            makeReady(index, turn)
        }
    }

    /// Puts the new run, what it takes over, and the rows of tasks that cannot run into the decision.
    public mutating func enterAsChild(
        _ plan: StageRetryPlan, of parent: RunRow, _ decision: inout Decision, _ turn: TurnContext
    ) {
        let turn = timed(turn)
        enterAsNew(&decision)
        decision.copies.append(
            StageCopy(
                runID: runID, parentRunID: parent.runID, rootRunID: row.rootRunID,
                parentUpdatedAt: parent.state.updatedAt, parentEndings: parent.state.control.endings,
                batch: turn.batch, at: turn.time,
                pieces: plan.reused.map {
                    StageCopy.Piece(
                        taskID: $0.taskID, stageOrder: Int32(flow.tasks[$0.task].stageOrder), override: $0.override)
                },
                handlers: plan.reused.map { flow.tasks[$0.task].handler }))
        for task in plan.blocked where slots[task.task].status == .pending {
            record(task.task, .skipped, attempts: 0, output: nil, failure: nil, nil, turn, &decision)
        }
    }
}

extension StageRetryPlan.Reused {
    /// The row as the new run will have it.
    func taken(from row: StoredTask?, _ parent: RunRow, _ turn: TurnContext) -> StoredTask {
        var taken =
            row
            ?? StoredTask(
                taskID: taskID, status: status, attempts: 0, attemptBase: 0, batch: turn.batch, output: nil,
                error: nil, errorClass: nil, createdAt: turn.time, completedAt: turn.time, nextRetryAt: nil,
                heldUntil: nil)
        (taken.batch, taken.status, taken.next) = (turn.batch, status, nil)
        (taken.nextRetryAt, taken.heldUntil, taken.heldSince) = (nil, nil, nil)
        taken.reusedFrom = row?.reusedFrom ?? parent.runID
        guard let override else { return taken }
        (taken.output, taken.error, taken.errorClass) = (override, nil, nil)
        return taken
    }
}

extension RunRow {
    /// The child's row: whose it is and what it runs with come from its parent.
    init(
        _ plan: StageRetryPlan, of parent: RunRow, _ request: RunRequest, _ stage: StageRetryRequest,
        version: Int32?, lane: Int32, turn: TurnContext
    ) {
        var request = request
        request.flowID = parent.flowID
        (request.tenantID, request.userID) = (parent.tenantID, parent.userID)
        (request.correlationID, request.sessionID) = (parent.correlationID, parent.sessionID)
        (request.input, request.context) = (plan.input, parent.context)
        request.labels = request.labels ?? parent.labels
        request.delivery = request.delivery ?? parent.delivery
        request.timeout = request.timeout ?? parent.state.control.timeout
        self.init(request, flow: plan.flow, version: version, lane: lane, turn: turn)
        lineage = RunLineage(
            parentRunID: parent.runID, rootRunID: parent.rootRunID, fromStage: stage.fromStage, depth: plan.depth,
            changes: stage.changes)
        state.liveKey = parent.runID
    }
}

extension StageRetryRequest {
    /// As the snapshot keeps it; nil when nothing was changed.
    var changes: Bytes? {
        guard inputPatch != nil || outputOverrides != nil || wantsLatest || planVersion != nil else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.memberIfPresent("input_patch", raw: inputPatch)
        writer.memberIfPresent("output_overrides", raw: outputOverrides)
        if wantsLatest { writer.member("version", string: "latest") }
        writer.memberIfPresent("plan_version", string: planVersion)
        writer.endObject()
        return writer.bytes[...]
    }
}
