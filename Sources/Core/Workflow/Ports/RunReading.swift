public import JSON

/// Reads runs and their tasks as the lanes recorded them.
public protocol RunReading {
    /// The run, or nil while no lane has taken its request.
    func run(_ runID: String) throws(AccessFailure) -> RunRecord?

    /// Runs from the newest to the oldest, without payloads.
    func runs(_ filter: RunFilter) throws(AccessFailure) -> [RunRecord]

    /// The recorded tasks of a run in the order of their stages; tasks nothing happened to yet have no record.
    func tasks(of runID: String, withPayloads: Bool) throws(AccessFailure) -> [TaskRecord]

    /// The definition a run was made from.
    func definition(sha256: String) throws(AccessFailure) -> Bytes?

    /// What came of a command, or nil while nobody has dealt with it.
    func outcome(ofRequest requestID: String, run runID: String) throws(AccessFailure) -> CommandOutcome?
}

/// Which runs to list; absent conditions do not restrict.
public struct RunFilter: Equatable, Sendable {
    public var flowID: String?
    public var sessionID: String?
    public var tenantID: String?
    public var status: String?
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
    public let detail: String?
    /// The event that asked for it; nil where the store does not say.
    public let action: String?

    public init(isDone: Bool, detail: String?, action: String? = nil) {
        self.isDone = isDone
        self.detail = detail
        self.action = action
    }
}
