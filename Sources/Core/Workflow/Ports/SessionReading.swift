public import JSON

/// Reads sessions and what their runs come to; everything is counted from rows, so nothing can go wrong by itself.
public protocol SessionReading {
    /// The session's row, or what its runs say when nobody opened it; nil when there is neither.
    func session(_ id: String) throws(AccessFailure) -> SessionRecord?

    /// Sessions that were opened, from the newest to the oldest; `before` is the session the last page ended with.
    func sessions(tenantID: String?, before: String?, limit: Int) throws(AccessFailure) -> [SessionRecord]

    func counts(of id: String) throws(AccessFailure) -> SessionCounts

    /// Its retries that circuit breakers hold back, by handler.
    func heldBack(of id: String) throws(AccessFailure) -> [SessionHold]

    /// How long its ended runs took.
    func durations(of id: String) throws(AccessFailure) -> SessionDurations

    /// How often its tasks were tried again.
    func retries(of id: String) throws(AccessFailure) -> SessionRetryCounts

    /// Its open dead letters by what they have in common, the most frequent first.
    func failures(of id: String, limit: Int) throws(AccessFailure) -> [SessionFailure]

    /// How the tasks of its runs went, stage by stage; of at most `runs` of its newest runs.
    func stages(of id: String, runs: Int) throws(AccessFailure) -> [StageStatistics]

    /// The same over all runs of a flow that were asked for since then (an RFC 3339 time).
    func stages(ofFlow flowID: String, since: String, runs: Int) throws(AccessFailure) -> [StageStatistics]

    /// Its runs that have not ended, by id behind `after`.
    func openRuns(of id: String, after: String, limit: Int) throws(AccessFailure) -> [String]

    /// Its tasks that failed and may be tried again, by run and task behind `after`.
    /// - `queries`: only of runs whose input has one of these texts as its `query`; nil: of all.
    func failedTasks(
        of id: String, queries: [String]?, after: SessionTask?, limit: Int
    ) throws(AccessFailure) -> [SessionTask]

    /// What the rows say of tasks that somebody wants to try again; those that do not exist are missing.
    func tasks(_ tasks: [TaskName]) throws(AccessFailure) -> [SessionTask]

    /// The tasks of dead letters (view `failed_tasks`), by their ids; unknown ones are missing.
    func tasks(ofLetters ids: [Int]) throws(AccessFailure) -> [Int: TaskName]

    /// Those of these runs whose input has one of these texts as its `query`.
    func runs(of id: String, withQueries queries: [String]) throws(AccessFailure) -> [String]
}

/// Opens, changes and ends sessions; the audit log is told of it in the same transaction.
public protocol SessionKeeping {
    /// False when a session of that id is there already.
    func open(_ session: SessionDraft, _ wish: Wish) throws(AccessFailure) -> Bool

    /// False when it was closed before, or has no row.
    func close(_ id: String, _ wish: Wish) throws(AccessFailure) -> Bool

    /// Closes what has expired, and forgets what was closed so many seconds ago, and retries asked for so long ago;
    /// how many sessions of each.
    func sweep(keepSeconds: Int) throws(AccessFailure) -> SessionSweep
}

/// How many sessions a sweep has closed, and how many rows of closed ones it has removed.
public struct SessionSweep: Equatable, Sendable {
    public let closed: Int
    public let forgotten: Int

    public init(closed: Int, forgotten: Int) {
        self.closed = closed
        self.forgotten = forgotten
    }
}

/// A task of a run by name.
public struct TaskName: Hashable, Sendable {
    public let runID: String
    public let taskID: String

    public init(runID: String, taskID: String) {
        self.runID = runID
        self.taskID = taskID
    }
}

public struct SessionDraft: Sendable {
    public var sessionID: String
    public var tenantID: String
    /// An object.
    public var metadata: Bytes?
    public var expiresInSeconds: Int?

    public init(sessionID: String, tenantID: String = "default", metadata: Bytes? = nil, expiresInSeconds: Int? = nil) {
        self.sessionID = sessionID
        self.tenantID = tenantID
        self.metadata = metadata
        self.expiresInSeconds = expiresInSeconds
    }
}
