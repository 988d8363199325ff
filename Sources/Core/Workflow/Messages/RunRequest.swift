public import JSON

/// `flow_run_requested`, read: ids as they stand, payloads as slices.
public struct RunRequest: Sendable {
    public var runID: Identifier
    public var flowID: Identifier
    public var tenantID = Self.defaultTenant
    public var userID = Self.anonymous
    public var correlationID: Identifier
    public var sessionID: Identifier
    public var flowVersion: Int32?
    public var definition: Bytes?
    public var input: Bytes = JSONValue.emptyObject
    public var context: Bytes = JSONValue.emptyObject
    public var labels: Bytes?
    public var delivery: Bytes?
    public var timeout: Microseconds?
    public var traceparent: Bytes?
    /// It asks for a run that starts from a stage of an older one.
    public var stage: StageRetryRequest?
    /// What is wrong with it, when its run can only be recorded as failed.
    public var problem: String?
    /// Whether the problem is one of size (`too_large`).
    public var isTooLarge = false

    private static let defaultTenant: Identifier = "default"
    private static let anonymous: Identifier = "anonymous"

    public init(runID: Identifier, flowID: Identifier, sessionID: Identifier) {
        self.runID = runID
        self.flowID = flowID
        self.sessionID = sessionID
        correlationID = runID
    }
}

extension JSONValue {
    public static let emptyObject: Bytes = [0x7B, 0x7D]
    public static let null: Bytes = [0x6E, 0x75, 0x6C, 0x6C]
}
