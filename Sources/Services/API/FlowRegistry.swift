public import JSON
public import Workflow

/// The registry of flows: validates definitions, gives them versions, and hands them out.
///
/// A definition that does not compile never gets a version.
public struct FlowRegistry {
    private let store: any RegistryStore
    private let settings: FlowSettings

    public init(store: any RegistryStore, settings: FlowSettings) {
        self.store = store
        self.settings = settings
    }

    /// Registers a definition; content equal to the newest version (same bytes or same JSON value) gives that one back.
    /// - `flowID`: wins over nothing: when the definition names one too, both must be the same.
    /// - `seen`: a conflict when another version has become the newest since; nil: whatever the newest is.
    public func apply(
        _ definition: Bytes, flowID: String? = nil, over seen: RegisteredFlow? = nil
    ) throws(ServiceFailure) -> AppliedVersion {
        let flow = try FlowRegistry.compiled(definition, flowID: flowID, settings: settings)
        guard let name = flowID ?? flow.flowID?.description else {
            throw ServiceFailure(.invalid, "the definition has no flow_id", advice: "add one, or name it: --flow ID")
        }
        let value = FlowRegistry.value(definition)
        var isOther = false
        let applied = try reaching { () throws(AccessFailure) in
            try store.apply(definition, sha256: flow.sha256Hex, flowID: name) { newest in
                // "The same" makes no version, and that is what is wanted here.
                isOther = seen.map { $0.definition != newest } ?? false
                return isOther || newest == definition || FlowRegistry.value(newest) == value
            }
        }
        guard !isOther else { throw ServiceFailure(.conflict, "\(name) has another newest version by now") }
        return applied
    }

    /// Throws all that is wrong with a definition.
    public func judge(_ definition: Bytes, flowID: String) throws(ServiceFailure) {
        _ = try FlowRegistry.compiled(definition, flowID: flowID, settings: settings)
    }

    /// The value of a text that may stand between white space.
    private static func value(_ text: Bytes) -> JSONValue? { try? JSONValue(validating: text) }

    /// One version of a flow, the newest when none is named.
    public func flow(_ flowID: String, version: Int? = nil) throws(ServiceFailure) -> RegisteredFlow {
        let found = try reaching { () throws(AccessFailure) in try store.flow(flowID, version: version) }
        if let found { return found }
        let versions = try reaching { () throws(AccessFailure) in try store.versions(of: flowID) }
        guard let newest = versions.first else {
            throw ServiceFailure(.notFound, "no flow \(flowID) is registered", advice: "flowfleet flow list")
        }
        throw ServiceFailure(
            .notFound, "flow \(flowID) has no version \(version ?? 0)",
            advice: "its newest version is \(newest.version)")
    }

    /// The versions of a flow, newest first.
    public func versions(of flowID: String) throws(ServiceFailure) -> [RegistryEntry] {
        let versions = try reaching { () throws(AccessFailure) in try store.versions(of: flowID) }
        guard !versions.isEmpty else {
            throw ServiceFailure(.notFound, "no flow \(flowID) is registered", advice: "flowfleet flow list")
        }
        return versions
    }

    /// The newest version of each flow, by id, after `cursor`.
    public func flows(after cursor: String? = nil, limit: Int) throws(ServiceFailure) -> [RegistryEntry] {
        try reaching { () throws(AccessFailure) in try store.flows(after: cursor, limit: limit) }
    }
}

extension FlowRegistry {
    /// The compiled flow, or a failure that lists every problem with its path. Needs no store.
    public static func compiled(
        _ definition: Bytes, flowID: String? = nil, settings: FlowSettings
    ) throws(ServiceFailure) -> Flow {
        switch Flow.compile(definition, flowID: flowID.map { Identifier($0) }, settings: settings) {
        case .success(let flow): return flow
        case .failure(let problems): throw ServiceFailure(problems)
        }
    }

    /// The id a definition names, if it can be read at all; nothing else of it is checked.
    public static func flowID(in definition: Bytes) -> String? {
        guard let value = try? JSONValue(validating: definition), value.kind == .object else { return nil }
        return value.member("flow_id")?.string().map { String(decoding: $0, as: UTF8.self) }
    }
}

extension ServiceFailure {
    /// Everything that is wrong with a definition, each finding with its path.
    public init(_ problems: FlowProblems) {
        var findings = problems.problems.map(\.description)
        let count = findings.count + problems.unlisted
        if problems.unlisted > 0 { findings.append("and \(problems.unlisted) more") }
        self.init(
            .invalid, count == 1 ? "the definition has 1 problem" : "the definition has \(count) problems",
            details: findings)
    }
}
