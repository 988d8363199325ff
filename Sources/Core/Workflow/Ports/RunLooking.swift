/// Looks at many runs and outcomes of commands in one question, for whoever serves many askers at once.
public protocol RunLooking: AnyObject {
    /// What is known of these ids; an id nobody knows is absent.
    /// - `runs`: with all that their rows hold.
    /// - `ends`: asked only whether they have ended.
    func look(runs: [String], ends: [String], outcomes: [OutcomeName]) throws(AccessFailure) -> LookAnswer
}

/// What a look found.
public struct LookAnswer: Sendable {
    public var runs: [String: RunSight] = [:]
    /// Those of `ends` that have ended.
    public var ended: Set<String> = []
    public var outcomes: [OutcomeName: CommandOutcome] = [:]

    public init() {}
}

/// A run as far as it is known.
public enum RunSight: Sendable, Equatable {
    case recorded(RunRecord)
    /// Its request is in the log; no lane has taken it yet.
    case requested(RequestedRun)
}

/// A request for a run that the gateway has sent.
public struct RequestedRun: Sendable, Equatable {
    public var runID: String
    public var flowID: String
    public var tenantID: String
    public var at: String

    public init(runID: String, flowID: String, tenantID: String, at: String) {
        self.runID = runID
        self.flowID = flowID
        self.tenantID = tenantID
        self.at = at
    }
}

/// A command by the run it is for and its own id.
public struct OutcomeName: Sendable, Hashable {
    public var requestID: String
    public var runID: String

    public init(requestID: String, runID: String) {
        self.requestID = requestID
        self.runID = runID
    }
}
