public import Workflow

/// Shows runs and their tasks, with what rows leave unsaid worked out from the definition.
public struct RunReader {
    let store: any RunReading
    private let settings: FlowSettings

    public init(store: any RunReading, settings: FlowSettings) {
        self.store = store
        self.settings = settings
    }

    public func run(_ runID: String) throws(ServiceFailure) -> RunRecord {
        guard let run = try find(runID) else {
            throw ServiceFailure(
                .notFound, "no run \(runID) is known",
                advice: "a request becomes a run when an orchestrator takes it: is one running? flowfleet run list")
        }
        return run
    }

    /// The run, or nil while no lane has taken its request.
    public func find(_ runID: String) throws(ServiceFailure) -> RunRecord? {
        try reaching { () throws(AccessFailure) in try store.run(runID) }
    }

    public func runs(_ filter: RunFilter) throws(ServiceFailure) -> [RunRecord] {
        try reaching { () throws(AccessFailure) in try store.runs(filter) }
    }

    /// Every task of the run, in the order of its stages, those without a row included.
    public func tasks(of run: RunRecord, withPayloads: Bool = false) throws(ServiceFailure) -> [TaskRecord] {
        try tasks(of: run, flow: try flow(of: run), withPayloads: withPayloads)
    }

    /// The same with the flow at hand, for whoever looks again and again.
    public func tasks(
        of run: RunRecord, flow: Flow?, withPayloads: Bool = false
    ) throws(ServiceFailure) -> [TaskRecord] {
        let recorded = try reaching { () throws(AccessFailure) in
            try store.tasks(of: run.runID, withPayloads: withPayloads)
        }
        guard let flow else { return recorded }
        return TaskList.complete(recorded, flow: flow, run: run)
    }

    /// The definition the run was made from, compiled; nil for a run that never had a valid one.
    public func flow(of run: RunRecord) throws(ServiceFailure) -> Flow? {
        guard let sha256 = run.definitionSHA256 else { return nil }
        let definition = try reaching { () throws(AccessFailure) in try store.definition(sha256: sha256) }
        guard let definition else { return nil }
        return try? Flow.compile(definition, flowID: nil, settings: settings).get()
    }

    /// What came of a command to a run, or nil while no lane has dealt with it.
    public func outcome(
        ofRequest requestID: String, run runID: String
    ) throws(ServiceFailure) -> CommandOutcome? {
        try reaching { () throws(AccessFailure) in try store.outcome(ofRequest: requestID, run: runID) }
    }
}
