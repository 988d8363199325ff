public import JSON

/// The row of a run as the lane writes it once and reads it back: everything that does not change while it runs.
public struct RunRow: Sendable {
    public var runID: Identifier
    public var flowID: Identifier
    public var tenantID: Identifier
    public var userID: Identifier
    public var correlationID: Identifier
    public var sessionID: Identifier
    public var input: Bytes
    public var context: Bytes
    public var labels: Bytes?
    public var flowVersion: Int32?
    /// Hex; empty when the flow was never readable.
    public var definitionSHA256: String
    /// Everything else the request carried and later parts need whole (`delivery`).
    public var delivery: Bytes?
    public var timeout: Microseconds?
    public var lane: Int32
    /// The batch that created the run.
    public var batch: Int64
    public var createdAt: Microseconds
    public var state: RunStateRow
    /// What it is a stage retry of; nil for a run of its own.
    public var lineage: RunLineage?
    /// False when what the run began with is not in its row any more.
    public var isInputKept = true

    public init(
        runID: Identifier, flowID: Identifier, tenantID: Identifier, userID: Identifier, correlationID: Identifier,
        sessionID: Identifier, input: Bytes, context: Bytes, labels: Bytes?, flowVersion: Int32?,
        definitionSHA256: String, delivery: Bytes?, timeout: Microseconds?, lane: Int32, batch: Int64,
        createdAt: Microseconds, state: RunStateRow
    ) {
        self.runID = runID
        self.flowID = flowID
        self.tenantID = tenantID
        self.userID = userID
        self.correlationID = correlationID
        self.sessionID = sessionID
        self.input = input
        self.context = context
        self.labels = labels
        self.flowVersion = flowVersion
        self.definitionSHA256 = definitionSHA256
        self.delivery = delivery
        self.timeout = timeout
        self.lane = lane
        self.batch = batch
        self.createdAt = createdAt
        self.state = state
    }
}

/// Where a stage retry comes from.
public struct RunLineage: Sendable, Equatable {
    public var parentRunID: Identifier
    /// The run that its whole tree comes from.
    public var rootRunID: Identifier
    public var fromStage: Identifier
    /// How many retries lie between it and its root, itself included.
    public var depth: Int32
    /// What was asked for beside the stage, as the snapshot keeps it: patch, overrides, version.
    public var changes: Bytes?

    public init(
        parentRunID: Identifier, rootRunID: Identifier, fromStage: Identifier, depth: Int32, changes: Bytes? = nil
    ) {
        self.parentRunID = parentRunID
        self.rootRunID = rootRunID
        self.fromStage = fromStage
        self.depth = depth
        self.changes = changes
    }
}

extension RunRow {
    public var retryDepth: Int32 { lineage?.depth ?? 0 }
    public var rootRunID: Identifier { lineage?.rootRunID ?? runID }
}

/// The columns of a run that change while it runs; always written together.
public struct RunStateRow: Sendable {
    public var status: RunStatus
    public var output: Bytes?
    public var error: Bytes?
    public var degraded = false
    public var updatedAt: Microseconds
    public var completedAt: Microseconds?
    public var nextCheckAt: Microseconds?
    /// The one live retry that this run counts as: its own id while it lives again; unique among all runs.
    public var liveKey: Identifier?
    public var control = RunControl()

    public init(status: RunStatus, updatedAt: Microseconds) {
        self.status = status
        self.updatedAt = updatedAt
    }
}

/// The row of a task, whole: a later row of the same task replaces the earlier one.
public struct TaskRow: Sendable {
    public var runID: Identifier
    /// Position in the flow's definition; in memory only, the id is what is stored.
    public var task: Int
    public var taskID: Identifier
    public var handler: Identifier
    public var status: TaskStatus
    /// Tries made so far, over all lives of the task.
    public var attempts: Int32
    public var input: Bytes?
    public var output: Bytes?
    public var error: Bytes?
    public var errorClass: ErrorClass?
    public var executionTimeMs: Int64?
    /// When it became ready.
    public var createdAt: Microseconds
    public var updatedAt: Microseconds
    public var completedAt: Microseconds?
    public var batch: Int64
    public var workerID: Bytes?
    public var startedAt: Microseconds?
    public var stageOrder: Int32
    public var nextRetryAt: Microseconds?
    public var heldUntil: Microseconds?
    /// When this attempt was first said to be held.
    public var heldSince: Microseconds?
    public var attemptBase: Int32
    /// `ID/segment`: the task its executor went on with by itself, and as what.
    public var next: Bytes?
    /// Whether no row of this task is committed yet: decides between insert and update.
    public var isNew: Bool
}

/// One try that failed, or the last one of a task that had failed before.
public struct AttemptRow: Sendable {
    public var runID: Identifier
    public var taskID: Identifier
    public var attempt: Int32
    public var batch: Int64
    public var status: TaskStatus
    public var error: Bytes?
    public var errorClass: ErrorClass?
    public var errorType: Bytes?
    public var workerID: Bytes?
    public var startedAt: Microseconds?
    public var finishedAt: Microseconds?
    public var executionTimeMs: Int64?
}

/// A try that comes later: the retry worker publishes `message` when it is due.
public struct RetryRow: Sendable {
    public var runID: Identifier
    public var taskID: Identifier
    public var attempt: Int32
    /// Postgres adds it to its own clock, so that process clocks decide nothing.
    public var delay: Microseconds
    public var message: Bytes
    /// Written while the run is paused: due at no time until it is resumed.
    public var isParked: Bool
    /// Whose queue the message goes to.
    public var pool: Identifier
    public var traceparent: Bytes?
}

/// Everything Postgres knows of a run, for taking it into memory.
public struct RunRows: Sendable {
    public var run: RunRow
    public var tasks: [StoredTask]
    public init(run: RunRow, tasks: [StoredTask]) {
        self.run = run
        self.tasks = tasks
    }
}

/// What the machine needs back of a task's row.
public struct StoredTask: Sendable {
    public var taskID: Identifier
    public var status: TaskStatus
    public var attempts: Int32
    public var attemptBase: Int32
    public var batch: Int64
    public var output: Bytes?
    public var error: Bytes?
    public var errorClass: ErrorClass?
    public var createdAt: Microseconds
    public var completedAt: Microseconds?
    public var nextRetryAt: Microseconds?
    public var heldUntil: Microseconds?
    public var heldSince: Microseconds?
    public var workerID: Bytes?
    public var next: Bytes?
    /// Taken over by a stage retry from that run, not executed in this one.
    public var reusedFrom: Identifier?

    public init(
        taskID: Identifier, status: TaskStatus, attempts: Int32, attemptBase: Int32, batch: Int64, output: Bytes?,
        error: Bytes?, errorClass: ErrorClass?, createdAt: Microseconds, completedAt: Microseconds?,
        nextRetryAt: Microseconds?, heldUntil: Microseconds?, heldSince: Microseconds? = nil,
        workerID: Bytes? = nil, next: Bytes? = nil, reusedFrom: Identifier? = nil
    ) {
        self.taskID = taskID
        self.status = status
        self.attempts = attempts
        self.attemptBase = attemptBase
        self.batch = batch
        self.output = output
        self.error = error
        self.errorClass = errorClass
        self.createdAt = createdAt
        self.completedAt = completedAt
        self.nextRetryAt = nextRetryAt
        self.heldUntil = heldUntil
        self.heldSince = heldSince
        self.workerID = workerID
        self.next = next
        self.reusedFrom = reusedFrom
    }
}
