public import JSON

/// What one turn decided: facts to be recorded in one transaction, and the work that follows once they are.
///
/// Rows of one task (and of one run) made in the same turn replace each other, so a statement never meets a row twice.
public struct Decision: Sendable {
    public var newRuns: [RunRow] = []
    /// What stage retries take over from their parents.
    public var copies: [StageCopy] = []
    public var definitions: [(sha256: String, text: Bytes)] = []
    /// States of runs that existed before or were created in this turn, the last one of each.
    public var runStates:
        [(runID: Identifier, correlationID: Identifier, createdAt: Microseconds, state: RunStateRow)] = []
    public var tasks: [TaskRow] = []
    public var attempts: [AttemptRow] = []
    public var retries: [RetryRow] = []
    /// Retry rows of closed tasks; removed after `retries` are written.
    public var droppedRetries: [(runID: Identifier, taskID: Identifier)] = []
    /// Runs whose retry rows are parked (true) or released (false).
    public var parkedRuns: [(runID: Identifier, parked: Bool)] = []
    /// Tasks tried again by hand: their open dead letters are settled with that.
    public var redriven: [RedrivenTask] = []
    public var outbox: [OutboxRow] = []
    /// What couriers are to tell; each belongs to a run of `newRuns` or `runStates`.
    public var owed: [OwedRow] = []
    public var pendingCommands: [PendingCommandRow] = []
    public var settledCommands: [Int64] = []
    public var audits: [AuditRow] = []
    public var work = OutBatch()
    /// Payloads in its rows, in bytes: beyond a limit a turn takes no further input.
    public var rowBytes = 0
    /// Tasks that became ready and are out already, in the segments of those before them; no fact, only counted.
    public var followed = 0
    /// Runs that failed in this turn because a task was out of retries; no fact, only counted.
    public var exhaustedRuns = 0

    public init() {}

    /// Makes room for as many results: growing by and by would move every row several times.
    public mutating func reserve(results count: Int) {
        tasks.reserveCapacity(count)
        work.reserve(messages: count)
    }

    /// Nothing, in the memory of what was something: so that turn after turn takes no pages from the system. What was
    /// far larger than a usual turn is given back.
    public mutating func empty() {
        var next = Decision()
        if tasks.capacity <= Self.keptRows { swap(&next.tasks, &tasks) }
        next.tasks.removeAll(keepingCapacity: true)
        swap(&next.work, &work)
        next.work.empty()
        self = next
    }

    private static let keptRows = 4_096

    public var hasFacts: Bool {
        !(newRuns.isEmpty && runStates.isEmpty && tasks.isEmpty && attempts.isEmpty && retries.isEmpty
            && droppedRetries.isEmpty && parkedRuns.isEmpty && redriven.isEmpty && outbox.isEmpty
            && pendingCommands.isEmpty && settledCommands.isEmpty && audits.isEmpty)
    }

    /// A retry row that is written after all, whatever an earlier input of this turn made of the task.
    /// - `replacing`: this turn touched the task before.
    mutating func record(_ row: RetryRow, replacing: Bool) {
        if replacing {
            retries.removeAll { $0.attempt == row.attempt && $0.taskID == row.taskID && $0.runID == row.runID }
            droppedRetries.removeAll { $0.taskID == row.taskID && $0.runID == row.runID }
        }
        rowBytes += row.message.count
        retries.append(row)
    }

    /// - `replacing`: this turn touched the task before, so a row of the same attempt may be there already.
    mutating func record(_ row: AttemptRow, replacing: Bool) {
        let same =
            replacing
            ? attempts.lastIndex { $0.attempt == row.attempt && $0.taskID == row.taskID && $0.runID == row.runID } : nil
        if let same { attempts[same] = row } else { attempts.append(row) }
    }
}

/// A task that somebody let try again.
public struct RedrivenTask: Sendable, Equatable {
    public var runID: Identifier
    public var taskID: Identifier
    public var actor: Bytes?
    public var reason: Bytes?

    public init(runID: Identifier, taskID: Identifier, actor: Bytes?, reason: Bytes?) {
        self.runID = runID
        self.taskID = taskID
        self.actor = actor
        self.reason = reason
    }
}

/// Work that cannot be derived from rows: kept with its batch until that batch is noted as emitted.
public struct OutboxRow: Sendable, Equatable {
    public var lane: Int32
    public var topic: OutTopic
    /// Nil: by the hash of the key.
    public var partition: Int32?
    public var key: Identifier?
    public var value: Bytes

    public init(lane: Int32, topic: OutTopic, partition: Int32?, key: Identifier?, value: Bytes) {
        self.lane = lane
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
    }
}

extension OutboxRow {
    /// Kafka counts the key and some bytes around it.
    public var fitsRecord: Bool { value.count + (key?.bytes.count ?? 0) + 512 <= Limits.messageBytes }
}

/// A command for a run nobody knows yet, or a stage retry that waits for another one.
public struct PendingCommandRow: Sendable {
    public var id: Int64
    public var lane: Int32
    public var runID: Identifier
    public var requestID: Bytes
    public var message: Bytes
    public var receivedAt: Microseconds
    /// A stage retry that stands in line: until no retry of this run is live.
    public var waitsFor: Identifier?

    public init(
        id: Int64 = 0, lane: Int32, runID: Identifier, requestID: Bytes, message: Bytes, receivedAt: Microseconds,
        waitsFor: Identifier? = nil
    ) {
        self.id = id
        self.lane = lane
        self.runID = runID
        self.requestID = requestID
        self.message = message
        self.receivedAt = receivedAt
        self.waitsFor = waitsFor
    }
}

/// Commands that can be settled now, and whether these lanes have any that wait at all.
public struct PendingCommands: Sendable {
    public var due: [PendingCommandRow]
    public var areLeft: Bool

    public init(due: [PendingCommandRow] = [], areLeft: Bool = false) {
        self.due = due
        self.areLeft = areLeft
    }
}

/// What came of a command, one row per `request_id`.
public struct AuditRow: Sendable {
    public var requestID: Bytes
    public var action: String
    public var runID: Identifier
    public var actor: Bytes?
    public var reason: Bytes?
    public var isDone: Bool
    /// By which programs decide what follows; sentences are for people.
    public var code: String?
    public var detail: String?
    public var at: Microseconds

    /// What came of a stage retry; its run is the new one.
    public init(_ request: RunRequest, _ stage: StageRetryRequest, refusal: StageRefusal, at: Microseconds) {
        self.init(request, stage, isDone: false, detail: refusal.auditDetail, at: at)
        code = refusal.code.rawValue
    }

    /// One that was made, in those words.
    public init(_ request: RunRequest, _ stage: StageRetryRequest, made detail: String, at: Microseconds) {
        self.init(request, stage, isDone: true, detail: detail, at: at)
    }

    private init(_ request: RunRequest, _ stage: StageRetryRequest, isDone: Bool, detail: String, at: Microseconds) {
        requestID = stage.requestID
        action = "flow_run_requested"
        runID = request.runID
        actor = stage.actor
        reason = stage.reason
        self.isDone = isDone
        self.detail = detail
        self.at = at
    }

    /// - `refusal`: nil for a command that was carried out.
    public init(_ command: RunCommand, refusal: CommandRefusal?, at: Microseconds) {
        requestID = command.requestID
        action = command.action.rawValue
        runID = command.runID
        actor = command.actor
        reason = command.reason
        isDone = refusal == nil
        code = refusal?.code?.rawValue
        detail = refusal?.sentence
        self.at = at
    }
}
