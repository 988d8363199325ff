public import JSON

/// One run in its lane's memory. Pure: inputs in, facts and work out; time and batch are arguments.
///
/// A turn applies any number of inputs and then calls `settle` once: only there are tasks dispatched and the run ended,
/// so that what a batch dispatches depends on nothing but the rows at its end. `republish` derives the same again.
public struct RunMachine: Sendable {
    public let flow: Flow
    public internal(set) var row: RunRow
    public internal(set) var slots: [TaskSlot]
    /// Tasks without a final status.
    public internal(set) var openTasks: Int
    /// Became ready in this turn, or held back by a pause until now.
    var ready: [Int] = []
    /// Why tasks failed: for good, or the attempt before the current one.
    public internal(set) var failures: [Int: FailureDetail] = [:]
    /// Who holds running tasks, and since when.
    public internal(set) var holds: [Int: TaskHold] = [:]
    /// Tasks with a row in the decision of this turn, and those it dispatches.
    var touched: [Int] = []
    var dispatched: [Int] = []
    var isChanged = false
    /// The latest time in its rows: a later turn is never before it, whatever its owner's clock says.
    var latest: Microseconds
    /// Position of the run's own row in the decision that creates it.
    var newRow: Int?
    /// The run's members of its task messages: the same in each, so written once.
    let envelope: [UInt8]
    /// Bytes of the outputs and inputs that its slots keep.
    private var keptBytes = 0

    /// Why an input changed nothing. Counted, never an error.
    public enum Ignored: String, CaseIterable, Sendable {
        case unknownTask, staleAttempt, futureAttempt, alreadyClosed, runEnded, beforeRetry, notDispatched, notHolder
        /// Made from outputs that do not count: another execution of its segment does.
        case notFollowed
    }

    public enum Effect: Sendable, Equatable {
        case recorded
        case ignored(Ignored)
    }
}

/// When and as what a turn happens.
public struct TurnContext: Sendable {
    public var time: Microseconds
    public var batch: Int64
    public var patterns: ErrorPatterns
    public var announcements: AnnouncementLevel

    public init(time: Microseconds, batch: Int64, patterns: ErrorPatterns, announcements: AnnouncementLevel) {
        self.time = time
        self.batch = batch
        self.patterns = patterns
        self.announcements = announcements
    }
}

/// What `run_events` tells others (setting `ORCHESTRATOR_RUN_EVENTS`).
public enum AnnouncementLevel: String, CaseIterable, Sendable {
    case off, runs, tasks
}

/// A task in memory: what decisions need, nothing for looking at.
public struct TaskSlot: Sendable {
    public var status: TaskStatus = .pending
    /// Dispatched, and nothing came back yet; only while `pending`.
    public var isOut = false
    /// Dependencies that are not usable yet.
    public var waitingFor: Int32
    /// The current attempt.
    public var attempt: Int32 = 0
    public var attemptBase: Int32 = 0
    /// The batch that wrote its row; 0 without a row.
    public var batch: Int64 = 0
    public var readyBatch: Int64 = 0
    public var readyAt: Microseconds = 0
    public var nextRetryAt: Microseconds?
    public var heldUntil: Microseconds?
    public internal(set) var output: Bytes?
    /// Inputs as rendered at dispatch; nil when they must be rendered again (a pure function of the rows).
    public var inputs: Bytes?
    /// Position of this task's row in the decision of batch `batch`, while that turn is being decided.
    var fact: Int32 = -1
    /// The segment in which its executor went on from it by itself; 0: it did not.
    public internal(set) var goesOn: Int64 = 0
    /// No committed row yet.
    var isNew = true
    /// Its row was taken over from another run: nothing about it is to be told again.
    public internal(set) var isReused = false

    init(waitingFor: Int) { self.waitingFor = Int32(waitingFor) }
}

/// Who holds a running task.
public struct TaskHold: Sendable, Equatable {
    /// When the lane first heard of it.
    public var since: Microseconds
    public var workerID: Bytes?
}

/// Why a task failed, as far as dead letters and the run's own error need it.
public struct FailureDetail: Sendable, Equatable {
    public var error: Bytes
    public var errorClass: ErrorClass
    public var at: Microseconds
}

extension RunMachine {
    /// A run that was just asked for.
    public init(_ request: RunRequest, flow: Flow, version: Int32?, lane: Int32, turn: TurnContext) {
        self.flow = flow
        row = RunRow(request, flow: flow, version: version, lane: lane, turn: turn)
        envelope = row.envelope
        latest = turn.time
        slots = flow.tasks.map { TaskSlot(waitingFor: $0.dependsOn.count) }
        openTasks = slots.count
        for index in flow.order where slots[index].waitingFor == 0 { makeReady(index, turn) }
    }

    /// Puts the new run's row into the decision; `settle` completes it there.
    public mutating func enterAsNew(_ decision: inout Decision) {
        newRow = decision.newRuns.count
        decision.newRuns.append(row)
    }

    /// The turn at a time that no row of this run is after.
    mutating func timed(_ turn: TurnContext) -> TurnContext {
        latest = max(latest, turn.time)
        var turn = turn
        turn.time = latest
        return turn
    }

    mutating func makeReady(_ index: Int, _ turn: TurnContext) {
        slots[index].readyBatch = turn.batch
        slots[index].readyAt = turn.time
        ready.append(index)
    }

    public var runID: Identifier { row.runID }
    public var status: RunStatus { row.state.status }

    /// Tasks that were dispatched and have not ended.
    public var tasksOut: Int { slots.count { $0.isOut && $0.status.isOpen } }

    public func handler(of taskID: Identifier) -> Identifier? { flow.index(of: taskID).map { flow.tasks[$0].handler } }

    /// Size in memory, for the cache's limit: `RunCacheTests` holds it against what the process takes.
    public var footprint: Int {
        Self.bareFootprint + row.input.count + row.context.count + envelope.count + (row.labels?.count ?? 0)
            + (row.delivery?.count ?? 0) + slots.count * MemoryLayout<TaskSlot>.stride + keptBytes
    }

    mutating func keep(output: Bytes?, of index: Int) {
        keptBytes += Self.size(output) - Self.size(slots[index].output)
        slots[index].output = output
    }

    mutating func keep(inputs: Bytes?, of index: Int) {
        keptBytes += Self.size(inputs) - Self.size(slots[index].inputs)
        slots[index].inputs = inputs
    }

    private static func size(_ array: Bytes?) -> Int { array.map { $0.count + perArray } ?? 0 }

    /// The run itself with its ids, its place in the cache, what its request had around its input, and empty lists.
    private static let bareFootprint = 1_500
    /// Header and rounding of one array.
    private static let perArray = 48
}

extension RunRow {
    init(_ request: RunRequest, flow: Flow?, version: Int32?, lane: Int32, turn: TurnContext) {
        var state = RunStateRow(status: .running, updatedAt: turn.time)
        let timeout = request.timeout ?? flow?.timeoutSeconds.map { Microseconds($0 * 1_000_000) }
        state.control.timeout = timeout
        state.control.traceparent = request.traceparent
        let end = timeout.map { turn.time + $0 }
        state.nextCheckAt = flow.map { min(turn.time + LookTimes.span($0.shortestLimit), end ?? .max) } ?? end
        self.init(
            runID: request.runID, flowID: request.flowID, tenantID: request.tenantID, userID: request.userID,
            correlationID: request.correlationID, sessionID: request.sessionID, input: request.input,
            context: request.context, labels: request.labels, flowVersion: version,
            definitionSHA256: flow?.sha256Hex ?? "", delivery: request.delivery, timeout: timeout, lane: lane,
            batch: turn.batch, createdAt: turn.time, state: state)
    }

    /// A request that can never run: recorded as failed at once, with what is wrong with it.
    public static func refused(
        _ request: RunRequest, problem: String, version: Int32?, lane: Int32, turn: TurnContext
    ) -> RunRow {
        var row = RunRow(request, flow: nil, version: version, lane: lane, turn: turn)
        row.state.status = .failed
        row.state.error = ErrorText.storable(problem)
        row.state.completedAt = turn.time
        row.state.nextCheckAt = nil
        row.state.control.endBatch = turn.batch
        row.state.control.endings = 1
        return row
    }
}
