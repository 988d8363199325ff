import JSON

/// Which dead letters are meant; absent conditions do not restrict.
public struct LetterSelection: Sendable, Equatable {
    public var fingerprint: String?
    public var flowID: String?
    public var handler: String?
    public var tenantID: String?
    public var sessionID: String?
    public var runID: String?
    public var reason: String?
    /// By the time of the failure: from, and before.
    public var since: Microseconds?
    public var until: Microseconds?
    /// Letters of tasks that kill their executor: never unless they are asked for.
    public var includesPoison = false
    /// The oldest of them only.
    public var limit: Int?

    public init() {}

    /// Nothing restricts it: it means all.
    public var isEverything: Bool {
        fingerprint == nil && flowID == nil && handler == nil && tenantID == nil && sessionID == nil && runID == nil
            && reason == nil && since == nil && until == nil
    }

    public var mayTakePoison: Bool { includesPoison || reason == DeadLetterReason.poison.rawValue }

    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.memberIfPresent("fingerprint", string: fingerprint?.utf8)
        writer.memberIfPresent("flow_id", string: flowID?.utf8)
        writer.memberIfPresent("handler", string: handler?.utf8)
        writer.memberIfPresent("tenant_id", string: tenantID?.utf8)
        writer.memberIfPresent("session_id", string: sessionID?.utf8)
        writer.memberIfPresent("run_id", string: runID?.utf8)
        writer.memberIfPresent("reason", string: reason?.utf8)
        writer.memberIfPresent("since", string: since.map { Timestamp.text($0) })
        writer.memberIfPresent("until", string: until.map { Timestamp.text($0) })
        if includesPoison { writer.member("poison", bool: true) }
        writer.memberIfPresent("limit", int: limit)
        writer.endObject()
        return writer.bytes
    }
}
