public import JSON

/// A session as its row says it; one that only its runs name has no metadata and never expires.
public struct SessionRecord: Equatable, Sendable {
    public var sessionID = ""
    public var tenantID = ""
    public var metadata: Bytes?
    public var createdAt = ""
    public var expiresAt: String?
    public var closedAt: String?
    public var closedBy: String?
    /// False for a session that exists by its runs alone.
    public var isOpened = true

    public init() {}
}

/// The runs of a session by status.
public struct SessionCounts: Equatable, Sendable {
    /// `requested` is not among them: what no lane has taken is no row.
    public var byStatus: [String: Int] = [:]
    public var degraded = 0
    /// Stage retries among them.
    public var retries = 0
    /// Unix seconds: when the first run was asked for, when the last one ended, and what the time is now.
    public var startedAt: Double?
    public var lastEndAt: Double?
    public var now: Double = 0

    public init() {}

    public var total: Int { byStatus.values.reduce(0, +) }
    public var done: Int {
        (byStatus["completed"] ?? 0) + (byStatus["failed"] ?? 0) + (byStatus["cancelled"] ?? 0)
    }
    public var left: Int { total - done }
}

/// In milliseconds.
public struct SessionDurations: Equatable, Sendable {
    public var ended = 0
    public var p50: Int?
    public var p95: Int?
    public var longest: Int?

    public init() {}
}

public struct SessionRetryCounts: Equatable, Sendable {
    /// Tasks that needed more than one attempt, and how many attempts more.
    public var retriedTasks = 0
    public var extraAttempts = 0
    public var mostAttempts = 0

    public init() {}
}

/// What went wrong in a session, and how often.
public struct SessionFailure: Equatable, Sendable {
    public var fingerprint = ""
    public var handler: String?
    public var error = ""
    public var tasks = 0
    public var lastAt = ""

    public init() {}
}

/// How one stage went, over many runs.
public struct StageStatistics: Equatable, Sendable {
    public var taskID = ""
    public var runs = 0
    public var succeeded = 0
    public var degraded = 0
    public var failed = 0
    public var skipped = 0
    public var cancelled = 0
    /// Taken over from an older run, so not executed.
    public var reused = 0
    public var retried = 0
    public var p50: Int?
    public var p95: Int?
    /// Stage retries that began here, and how many of them completed.
    public var stageRetries = 0
    public var completedRetries = 0
    /// The most frequent error.
    public var commonError: String?

    public init() {}

    /// Of what came to an end here by itself; nil when nothing did.
    public var successRate: Double? {
        let judged = succeeded + degraded + failed
        return judged > 0 ? Double(succeeded + degraded) / Double(judged) : nil
    }
}

/// A task that somebody may want to try again, with what speaks for and against it.
public struct SessionTask: Hashable, Sendable {
    public var name: TaskName
    public var sessionID: String
    public var runStatus: String
    public var taskStatus: String
    public var attempts: Int
    /// The live retry or redrive of its run.
    public var live: String?

    public init(
        name: TaskName, sessionID: String, runStatus: String, taskStatus: String, attempts: Int, live: String? = nil
    ) {
        self.name = name
        self.sessionID = sessionID
        self.runStatus = runStatus
        self.taskStatus = taskStatus
        self.attempts = attempts
        self.live = live
    }
}

/// Retries of a session that wait for a circuit breaker.
public struct SessionHold: Sendable, Equatable {
    public var handler: String
    /// Of the first 2,000 that the breaker holds back.
    public var tasks: Int
    public var reason: String

    public init(handler: String, tasks: Int, reason: String) {
        (self.handler, self.tasks, self.reason) = (handler, tasks, reason)
    }
}
