/// Reads the audit log: what people asked for, and what came of it.
public protocol AuditReading {
    /// From the newest to the oldest.
    func entries(_ filter: AuditFilter) throws(AccessFailure) -> [AuditRecord]
}

/// Which lines of the audit log to list; absent conditions do not restrict.
public struct AuditFilter: Equatable, Sendable {
    public var runID: String?
    public var requestID: String?
    public var actor: String?
    public var action: String?
    /// Lines with a smaller id only: the page behind the one that ended there.
    public var before: Int?
    public var limit: Int

    public init(limit: Int = 50) { self.limit = limit }
}

/// One wish and what came of it. Times are RFC 3339 with milliseconds.
public struct AuditRecord: Equatable, Sendable {
    public var id = 0
    public var at = ""
    public var action = ""
    public var runID: String?
    public var actor: String?
    public var reason: String?
    /// `done` or `refused`.
    public var outcome = ""
    /// Of a refusal that programs tell apart.
    public var code: String?
    public var detail: String?
    public var requestID = ""

    public init() {}
}
