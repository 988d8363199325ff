import JSON
import Workflow

/// Compiled flows by the hash of their definition; each is compiled once.
struct FlowCache {
    private var compiled: [String: Flow] = [:]
    /// Definitions that are rows already, so that an inline definition is written once.
    private var stored: Set<String> = []
    /// Inline definitions met last: most requests repeat one, and comparing costs less than a digest.
    private var recent: [Flow] = []
    private let settings: FlowSettings
    private let limit = 1_000

    init(settings: FlowSettings) { self.settings = settings }

    subscript(_ sha256: String) -> Flow? { compiled[sha256] }

    /// What is wrong with a request's flow.
    struct Problem: Error {
        var sentence: String
        var isTooLarge = false
    }

    /// The flow of a request: its own definition, or the registered one that `resolve` found.
    mutating func flow(for request: RunRequest, _ known: Known) -> Result<(Flow, Int32?), Problem> {
        if let problem = request.problem {
            return .failure(Problem(sentence: problem, isTooLarge: request.isTooLarge))
        }
        if let definition = request.definition {
            return compile(definition, request.flowID).map { ($0, nil) }
        }
        let key = FlowVersionKey(flowID: request.flowID, version: request.flowVersion)
        guard let row = known.versions[key], let flow = compiled[row.sha256] else {
            let version = request.flowVersion.map { " in version \($0)" } ?? ""
            return .failure(
                Problem(
                    sentence: "flow \(request.flowID) is not registered\(version): "
                        + "register it with `flowfleet flow apply`, or send flow_definition"))
        }
        return .success((flow, row.version))
    }

    private mutating func compile(_ definition: Bytes, _ flowID: Identifier) -> Result<Flow, Problem> {
        let isMeant = { (flow: Flow) in flow.flowID == nil || flow.flowID == flowID }
        if let flow = recent.first(where: { $0.definition == definition && isMeant($0) }) { return .success(flow) }
        if let flow = compiled[SHA256.hex(Array(definition))], isMeant(flow) { return .success(remember(flow)) }
        switch Flow.compile(definition, flowID: flowID, settings: settings) {
        case .success(let flow):
            keep(flow, as: flow.sha256Hex)
            return .success(remember(flow))
        case .failure(let problems):
            return .failure(Problem(sentence: "invalid flow: \(problems)"))
        }
    }

    private mutating func remember(_ flow: Flow) -> Flow {
        if recent.count == 8 { recent.removeFirst() }
        recent.append(flow)
        return flow
    }

    private mutating func keep(_ flow: Flow, as sha256: String) { compiled[sha256] = flow }

    /// Only between turns: what a turn resolved stays until it is decided, however much that is.
    mutating func makeRoom() {
        if compiled.count > limit { (compiled, recent) = ([:], []) }
    }

    /// Finds the registered versions these requests ask for, and compiles what is new.
    mutating func resolve(
        _ requests: [RunRequest], store: any LaneStore, into known: inout Known
    ) throws(StoreError) {
        var asked: Set<FlowVersionKey> = []
        for request in requests where request.definition == nil && request.problem == nil && request.namesVersion {
            asked.insert(FlowVersionKey(flowID: request.flowID, version: request.flowVersion))
        }
        guard !asked.isEmpty else { return }
        known.versions = try store.versions(Array(asked))
        try fetch(known.versions.values.map(\.sha256), store: store)
    }

    /// Brings definitions into memory. They ran before or were registered, so pools are no question any more.
    mutating func fetch(_ hashes: [String], store: any LaneStore) throws(StoreError) {
        let missing = Set(hashes).filter { !$0.isEmpty && compiled[$0] == nil }
        guard !missing.isEmpty else { return }
        for (sha256, definition) in try store.definitions(Array(missing)) {
            stored.insert(sha256)
            if case .success(let flow) = Flow.compile(definition, flowID: nil, settings: settings.anyPool) {
                keep(flow, as: sha256)
            }
        }
    }

    /// Whether the flow's definition still has to become a row; asked once for each turn that uses it.
    func needsStoring(_ flow: Flow) -> Bool { !stored.contains(flow.sha256Hex) }

    mutating func noteStored(_ sha256: String) {
        if stored.count > 100_000 { stored.removeAll() }
        stored.insert(sha256)
    }
}

extension RunRequest {
    /// Whether it runs by what the registry says: a stage retry only when it asks for that.
    var namesVersion: Bool { stage.map { $0.wantsLatest || flowVersion != nil } ?? true }
}
