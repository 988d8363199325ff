public import JSON

/// Keeps flow definitions by hash, and their versions by flow id.
public protocol RegistryStore {
    /// Registers a definition as the next version of its flow, unless the newest version already says the same.
    ///
    /// Applies of one flow are done one after another, wherever they come from, so that versions have no gaps and
    /// equal content never gets two versions in a row.
    /// - `isSame`: asked with the newest version's text.
    func apply(
        _ definition: Bytes, sha256: String, flowID: String, isSame: (Bytes) -> Bool
    ) throws(AccessFailure) -> AppliedVersion

    /// One version of a flow, the newest when none is named; nil when there is none.
    func flow(_ flowID: String, version: Int?) throws(AccessFailure) -> RegisteredFlow?

    /// The versions of a flow, newest first; empty when nobody registered it.
    func versions(of flowID: String) throws(AccessFailure) -> [RegistryEntry]

    /// The newest version of each flow after `cursor`, by id.
    func flows(after cursor: String?, limit: Int) throws(AccessFailure) -> [RegistryEntry]
}

/// One version of one flow, without its text.
public struct RegistryEntry: Equatable, Sendable {
    public let flowID: String
    public let version: Int
    public let sha256: String
    public let createdAt: String

    public init(flowID: String, version: Int, sha256: String, createdAt: String) {
        self.flowID = flowID
        self.version = version
        self.sha256 = sha256
        self.createdAt = createdAt
    }
}

/// One version of one flow with its text as it was sent.
public struct RegisteredFlow: Equatable, Sendable {
    public let entry: RegistryEntry
    public let definition: Bytes

    public init(entry: RegistryEntry, definition: Bytes) {
        self.entry = entry
        self.definition = definition
    }
}

/// What an apply came to: the version that holds the content now, and whether it was made for it.
public struct AppliedVersion: Equatable, Sendable {
    public let entry: RegistryEntry
    public let isNew: Bool

    public init(entry: RegistryEntry, isNew: Bool) {
        self.entry = entry
        self.isNew = isNew
    }
}
