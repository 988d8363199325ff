public import JSON

/// Reads runs and their tasks as the lanes recorded them.
public protocol RunReading {
    /// The run, or nil while no lane has taken its request.
    func run(_ runID: String) throws(AccessFailure) -> RunRecord?

    /// Runs from the newest to the oldest, without payloads.
    func runs(_ filter: RunFilter) throws(AccessFailure) -> [RunRecord]

    /// The recorded tasks of a run in the order of their stages; tasks nothing happened to yet have no record.
    func tasks(of runID: String) throws(AccessFailure) -> [TaskRecord]

    /// The definition a run was made from.
    func definition(sha256: String) throws(AccessFailure) -> Bytes?

    /// A request that was sent and that no lane has taken yet, if a gateway sent it.
    func requested(_ runID: String) throws(AccessFailure) -> RequestedRun?

    /// Inputs and outputs of the first of these tasks, as many as take so many bytes, and at least one.
    func payloads(
        of runID: String, tasks: [String], bytes: Int
    ) throws(AccessFailure) -> [(input: Bytes?, output: Bytes?)]

    /// What happened to a run behind that place, from the first to the last.
    func events(of runID: String, after place: RunEvent.Place?, limit: Int) throws(AccessFailure) -> [RunEvent]
}

extension RunReading {
    public func requested(_ runID: String) throws(AccessFailure) -> RequestedRun? { nil }
    public func events(
        of runID: String, after place: RunEvent.Place?, limit: Int
    ) throws(AccessFailure) -> [RunEvent] { [] }
    public func payloads(
        of runID: String, tasks: [String], bytes: Int
    ) throws(AccessFailure) -> [(input: Bytes?, output: Bytes?)] { tasks.map { _ in (nil, nil) } }
}

/// Something that happened to a run.
public struct RunEvent: Equatable, Sendable {
    /// Where it stands in the run's history: what comes to the history later never moves it.
    public struct Place: Equatable, Sendable {
        public var at: Microseconds
        public var rank: Int
        public var taskID: String
        public var attempt: Int

        public init(at: Microseconds, rank: Int, taskID: String, attempt: Int) {
            self.at = at
            self.rank = rank
            self.taskID = taskID
            self.attempt = attempt
        }
    }

    public var place = Place(at: 0, rank: 0, taskID: "", attempt: -1)
    public var at: String?
    /// Such as `run.created`, `attempt.failed`, `task.succeeded`, `command.pause`.
    public var type = ""
    public var taskID: String?
    public var attempt: Int?
    public var actor: String?
    public var detail: String?

    public init() {}
}

/// Which runs to list, from the newest to the oldest; absent conditions do not restrict.
public struct RunFilter: Equatable, Sendable {
    /// Where a page begins: behind this run.
    public struct Place: Equatable, Sendable {
        public var createdAt: Microseconds
        public var runID: String

        public init(createdAt: Microseconds, runID: String) {
            self.createdAt = createdAt
            self.runID = runID
        }
    }

    public var flowID: String?
    public var sessionID: String?
    public var tenantID: String?
    public var status: String?
    public var userID: String?
    public var correlationID: String?
    public var parentRunID: String?
    /// Labels that a run must have, as a JSON object.
    public var labels: Bytes?
    /// By the time of creation: from, and before.
    public var since: Microseconds?
    public var until: Microseconds?
    public var after: Place?
    public var limit: Int

    public init(
        flowID: String? = nil, sessionID: String? = nil, tenantID: String? = nil, status: String? = nil, limit: Int = 50
    ) {
        self.flowID = flowID
        self.sessionID = sessionID
        self.tenantID = tenantID
        self.status = status
        self.limit = limit
    }
}

/// What the lane made of a command.
public struct CommandOutcome: Equatable, Sendable {
    public let isDone: Bool
    /// Of a refusal that programs tell apart.
    public let code: String?
    public let detail: String?
    /// The event that asked for it; nil where the store does not say.
    public let action: String?
    /// A stage retry that waits until another one is over.
    public let isInLine: Bool

    public init(
        isDone: Bool, code: String? = nil, detail: String?, action: String? = nil, isInLine: Bool = false
    ) {
        self.isDone = isDone
        self.code = code
        self.detail = detail
        self.action = action
        self.isInLine = isInLine
    }

    /// A request id is answered once: where it stood for another command before, this is none to the one asked now.
    public func isAnswer(to action: String) -> Bool { self.action == nil || self.action == action }
}
