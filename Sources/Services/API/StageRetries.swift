public import Workflow

/// Plans retries from a stage, and tells what came of them and which trees they made.
///
/// The plan is the same pure function that the lane decides by; between the two the run may change, so the lane's
/// answer is the truth.
public struct StageRetries {
    private let store: any StageReading
    private let registry: any RegistryStore
    private let settings: FlowSettings
    private let depthLimit: Int

    public init(
        store: any StageReading, registry: any RegistryStore, settings: FlowSettings, depthLimit: Int
    ) {
        self.store = store
        self.registry = registry
        self.settings = settings
        self.depthLimit = depthLimit
    }

    /// What the retry would do, or why there can be none. Missing state and a live retry are in the plan's `refusal`.
    public func plan(_ draft: StageRetryDraft) throws(ServiceFailure) -> Result<StageRetryPlan, StageRefusal> {
        if let problem = draft.problem { return .failure(problem) }
        guard let parent = try reaching({ () throws(AccessFailure) in try store.rows(of: draft.parentRunID) }) else {
            return .failure(StageRefusal(.unknownRun, "no run \(draft.parentRunID) is known"))
        }
        let live = try reaching { () throws(AccessFailure) in try store.liveRetry(of: draft.parentRunID) }
        var latest: Flow?
        if draft.namesVersion {
            latest = try newer(parent.run.flowID.description, draft.flowVersion)
            guard latest != nil else {
                return .failure(
                    StageRefusal(.definitionMismatch, "flow \(parent.run.flowID) is not registered in that version"))
            }
        }
        let sources = StageRetrySources(
            parent: parent, pinned: try pinned(parent.run.definitionSHA256), latest: latest,
            live: live.map { Identifier($0) }, depthLimit: depthLimit)
        return StageRetryPlan.make(sources, draft.request)
    }

    private func pinned(_ sha256: String) throws(ServiceFailure) -> Flow? {
        guard !sha256.isEmpty else { return nil }
        let text = try reaching { () throws(AccessFailure) in try store.definition(sha256: sha256) }
        return text.flatMap { try? Flow.compile($0, flowID: nil, settings: settings.anyPool).get() }
    }

    private func newer(_ flowID: String, _ version: Int?) throws(ServiceFailure) -> Flow? {
        let found = try reaching { () throws(AccessFailure) in try registry.flow(flowID, version: version) }
        return found.flatMap { try? Flow.compile($0.definition, flowID: nil, settings: settings.anyPool).get() }
    }

    /// What the lane made of it; nil while it has not come to it.
    public func decision(of draft: StageRetryDraft) throws(ServiceFailure) -> StageDecision? {
        try reaching { () throws(AccessFailure) in
            try store.decision(ofRequest: draft.requestID, run: draft.runID)
        }
    }

    /// The tree a run belongs to; the root first.
    public func lineage(of runID: String) throws(ServiceFailure) -> [LineageEntry] {
        let entries = try reaching { () throws(AccessFailure) in try store.lineage(of: runID) }
        guard !entries.isEmpty else {
            throw ServiceFailure(.notFound, "no run \(runID) is known", advice: "flowfleet run list shows the runs")
        }
        return entries
    }

    public func differences(
        of runID: String, to parentRunID: String
    ) throws(ServiceFailure) -> [StageDifference] {
        try reaching { () throws(AccessFailure) in try store.differences(of: runID, to: parentRunID) }
    }
}

extension StageRefusal {
    /// Contract G7.
    public var httpStatus: Int {
        switch code {
        case .unknownRun: 404
        case .unknownStage, .stageSucceeded, .neverExecuted, .invalidChange, .invalidRequest: 400
        case .notEnded, .liveRetry, .planOutdated, .queueExpired, .runExists: 409
        case .missingState, .depthLimit, .missingSnapshot, .definitionMismatch, .tooLarge: 422
        }
    }
}
