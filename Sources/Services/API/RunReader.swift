import JSON
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

    /// The run, or the request for it that no lane has taken yet; nil when nobody knows the id.
    public func sight(of runID: String) throws(ServiceFailure) -> RunSight? {
        if let run = try find(runID) { return .recorded(run) }
        return try reaching { () throws(AccessFailure) in try store.requested(runID) }.map { .requested($0) }
    }

    /// What happened to a run, from the first to the last.
    public func events(
        of runID: String, after place: RunEvent.Place?, limit: Int
    ) throws(ServiceFailure) -> [RunEvent] {
        try reaching { () throws(AccessFailure) in try store.events(of: runID, after: place, limit: limit) }
    }

    /// The first of these tasks with their payloads: as many as fit an answer.
    func filled(_ tasks: [TaskRecord], of runID: String) throws(ServiceFailure) -> [TaskRecord] {
        guard !tasks.isEmpty else { return [] }
        let payloads = try reaching { () throws(AccessFailure) in
            try store.payloads(of: runID, tasks: tasks.map(\.taskID), bytes: Self.payloadBytes)
        }
        return zip(tasks, payloads).map { task, payload in
            var task = task
            (task.input, task.output) = payload
            return task
        }
    }

    private static let payloadBytes = 8 << 20

    public func runs(_ filter: RunFilter) throws(ServiceFailure) -> [RunRecord] {
        try reaching { () throws(AccessFailure) in try store.runs(filter) }
    }

    /// Every task of the run, in the order of its stages, those without a row included.
    public func tasks(of run: RunRecord) throws(ServiceFailure) -> [TaskRecord] {
        try tasks(of: run, flow: try flow(of: run))
    }

    /// The same with the flow at hand, for whoever looks again and again.
    public func tasks(of run: RunRecord, flow: Flow?) throws(ServiceFailure) -> [TaskRecord] {
        let recorded = try reaching { () throws(AccessFailure) in try store.tasks(of: run.runID) }
        guard let flow else { return recorded }
        return TaskList.complete(recorded, flow: flow, run: run)
    }

    /// The definition the run was made from, compiled; nil for a run that never had a valid one.
    public func flow(of run: RunRecord) throws(ServiceFailure) -> Flow? {
        guard let sha256 = run.definitionSHA256 else { return nil }
        let definition = try reaching { () throws(AccessFailure) in try store.definition(sha256: sha256) }
        guard let definition else { return nil }
        // Whatever pools this program was told of: the run was accepted by an orchestrator that knew them.
        return try? Flow.compile(definition, flowID: nil, settings: settings.anyPool).get()
    }

    /// Why a request is not the one that a known run was made from, in words; nil when it is, or when there is no such
    /// run. A request that is sent again is no new run, so one that differs would be lost without a word.
    public func difference(of request: RequestDraft) throws(ServiceFailure) -> String? {
        guard let run = try find(request.runID) else { return nil }
        if run.flowID != request.flowID { return "it is a run of flow \(run.flowID)" }
        if let version = request.flowVersion, version != run.flowVersion { return "it is of another flow version" }
        if let definition = request.definition, SHA256.hex(Array(definition)) != run.definitionSHA256 {
            return "it was made from another definition"
        }
        return Self.isSame(request.input, run.input) ? nil : "it has another input"
    }

    /// As the store keeps them: by value; an absent input is an empty object.
    private static func isSame(_ one: Bytes?, _ other: Bytes?) -> Bool {
        let (one, other) = (one ?? JSONValue.emptyObject, other ?? JSONValue.emptyObject)
        return JSONCanonical.bytes(of: JSONValue(trusted: one)) == JSONCanonical.bytes(of: JSONValue(trusted: other))
    }
}
