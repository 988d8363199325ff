public import JSON

/// Reads what plans of stage retries are made from, what came of requests for them, and the trees they make.
public protocol StageReading {
    /// The run with the rows of all its tasks; nil while no lane has taken its request.
    func rows(of runID: String) throws(AccessFailure) -> RunRows?

    /// The live retry or redrive of a run.
    func liveRetry(of runID: String) throws(AccessFailure) -> String?

    func definition(sha256: String) throws(AccessFailure) -> Bytes?

    /// What the lane made of a request; nil while it has not come to it.
    func decision(ofRequest requestID: String, run runID: String) throws(AccessFailure) -> StageDecision?

    /// The run whose live retry a request for this run waits for, when it stands in line.
    func queuedBehind(_ runID: String) throws(AccessFailure) -> String?

    /// The run's whole tree in the order of its numbers; empty for an unknown run.
    func lineage(of runID: String) throws(AccessFailure) -> [LineageEntry]

    /// Task by task what a retry did otherwise than its parent, in the order of the stages.
    func differences(of runID: String, to parentRunID: String) throws(AccessFailure) -> [StageDifference]
}

/// What came of a request for a stage retry.
public enum StageDecision: Equatable, Sendable {
    /// The run exists.
    case made(detail: String?)
    /// As the audit log says it; without a code where the refusal is of none of ours.
    case refused(code: StageRefusal.Code?, detail: String)
    /// It waits until this run has no live retry any more.
    case standsInLine(parentRunID: String)
}

/// One run of a tree of retries.
public struct LineageEntry: Equatable, Sendable {
    public var runID = ""
    /// Nil for the root.
    public var parentRunID: String?
    public var rootRunID = ""
    public var fromStage: String?
    public var depth = 0
    public var number = 1
    public var status = ""
    public var isDegraded = false
    public var error: String?
    public var createdAt = ""
    public var completedAt: String?
    public var milliseconds: Int?
    /// Tasks it took over, and tasks it has rows of its own for.
    public var reused = 0
    public var executed = 0
    /// Against its parent; nil when the parent is not kept any more.
    public var hasOtherInput: Bool?
    public var hasOtherOutput: Bool?
    public var hasOtherDefinition: Bool?
    /// False when the parent's row was deleted: the run stands by itself, with copies of what it reuses.
    public var isParentKept = true

    public init() {}
}

/// One task in a retry and in its parent.
public struct StageDifference: Equatable, Sendable {
    public var taskID = ""
    public var status: String?
    public var parentStatus: String?
    /// The run that executed it, when it was taken over.
    public var reusedFrom: String?
    public var hasOtherInput = false
    public var hasOtherOutput = false
    public var milliseconds: Int?
    public var parentMilliseconds: Int?

    public init() {}
}
