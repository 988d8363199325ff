/// Notes in the audit log what was asked for without a lane: requests for runs, flows, keys.
public protocol AuditKeeping: AnyObject {
    /// All of them or none. One that is there already stays as it is, but for a start that was refused: it is tried
    /// again, and counts from now on.
    func note(_ entries: [AuditEntry]) throws(AccessFailure)

    /// What was noted beforehand did not come true.
    func refuse(_ entries: [AuditEntry], because detail: String) throws(AccessFailure)
}

/// One wish and who had it.
public struct AuditEntry: Sendable, Equatable {
    public enum Action: String, Sendable {
        case runStart = "run_start"
        case flowApply = "flow_apply"
        case keyCreate = "key_create"
        case keyRotate = "key_rotate"
        case keyRevoke = "key_revoke"
    }

    public var action: Action
    public var requestID: String
    public var runID: String?
    public var tenantID: String?
    public var actor: String?
    public var reason: String?
    /// What it was about: of a start the flow.
    public var detail: String?

    public init(
        _ action: Action, requestID: String, runID: String? = nil, tenantID: String? = nil, actor: String? = nil,
        reason: String? = nil, detail: String? = nil
    ) {
        self.action = action
        self.requestID = requestID
        self.runID = runID
        self.tenantID = tenantID
        self.actor = actor
        self.reason = reason
        self.detail = detail
    }
}
