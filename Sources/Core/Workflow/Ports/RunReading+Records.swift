public import JSON

/// A run as its row says it. Times are RFC 3339 with milliseconds, payloads JSON in the store's canonical form.
public struct RunRecord: Equatable, Sendable {
    public var runID = ""
    public var flowID = ""
    public var flowVersion: Int?
    public var status = ""
    public var isDegraded = false
    public var error: String?
    public var sessionID = ""
    public var tenantID = ""
    public var userID = ""
    public var correlationID = ""
    public var lane = 0
    public var labels: Bytes?
    public var parentRunID: String?
    public var retryFromStage: String?
    public var definitionSHA256: String?
    public var createdAt = ""
    /// The same as a number; only in lists, for the place of the next page.
    public var createdTime: Microseconds = 0
    public var updatedAt = ""
    public var completedAt: String?
    public var input: Bytes?
    public var output: Bytes?
    /// What holds it back, in words: an open circuit breaker, a pool nobody serves.
    public var waiting: String?
    /// Since when it is paused; only of one run, not in lists.
    public var pausedAt: String?
    /// Who paused or cancelled it, and why; only of one run, not in lists.
    public var pausedBy: String?
    public var pauseReason: String?
    public var cancelledBy: String?
    public var cancelReason: String?

    public init() {}

    /// True once nothing happens to the run any more by itself.
    public var hasEnded: Bool { completedAt != nil }
}

/// A task as its row says it, or as it follows from the definition when it has no row.
public struct TaskRecord: Equatable, Sendable {
    public var taskID = ""
    public var handler = ""
    public var status = ""
    public var attempts = 0
    public var error: String?
    public var errorClass: String?
    public var workerID: String?
    public var executionMilliseconds: Int?
    public var stageOrder = 0
    public var startedAt: String?
    public var completedAt: String?
    public var nextRetryAt: String?
    public var input: Bytes?
    public var output: Bytes?
    /// The dependencies that have no usable output yet; worked out from the definition.
    public var waitingFor: [String] = []
    /// What holds it back, in words: an open circuit breaker, a pause of its run, a pool nobody serves.
    public var waiting: String?
    /// Whose executors run it; nil where the definition is not known.
    public var pool: String?
    /// Held by its executor since then, and until then.
    public var heldSince: String?
    public var heldUntil: String?
    /// The run that executed it, when it was taken over.
    public var reusedFrom: String?
    /// Its next attempt could start by now.
    public var isRetryDue = false

    public init() {}
}
