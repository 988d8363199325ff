public import Workflow

/// What a key may be used for. docs/reference/http-api.md says which route needs which.
public enum Scope: String, Sendable, CaseIterable {
    case runsRead = "runs:read"
    case runsWrite = "runs:write"
    case flowsWrite = "flows:write"
    case deadLettersWrite = "dead-letters:write"
    /// Everything.
    case admin
    /// Inputs and outputs; without it they are masked.
    case payloadsRead = "payloads:read"
}

/// Who asks, and what they may.
public struct Caller: Sendable, Equatable {
    /// The name that the audit log shows: the key's prefix; nil without keys.
    public var name: String?
    /// Nil: every tenant.
    public var tenantID: String?
    public var scopes: Set<Scope>

    public init(name: String?, tenantID: String?, scopes: Set<Scope>) {
        self.name = name
        self.tenantID = tenantID
        self.scopes = scopes
    }

    public init(_ key: AccessKey) {
        self.init(name: key.prefix, tenantID: key.tenantID, scopes: Set(key.scopes.compactMap(Scope.init(rawValue:))))
    }

    /// Without keys: whoever can reach the loopback address.
    public static let anyone = Caller(name: nil, tenantID: nil, scopes: [.admin])

    public func may(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

    public var seesPayloads: Bool { may(.payloadsRead) }

    /// Whether something of this tenant is there for the caller; what is not is unknown to them.
    public func sees(tenant: String?) -> Bool { tenantID == nil || tenantID == tenant }
}
