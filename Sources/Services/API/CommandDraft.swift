import JSON

/// A change somebody asks for in a run that exists.
public struct CommandDraft: Sendable {
    public enum Kind: String, Sendable {
        case cancel, pause, resume
    }

    public let kind: Kind
    public let runID: String
    public let requestID: String
    public var reason: String?
    public var actor: String?

    public init(_ kind: Kind, runID: String, requestID: String, reason: String? = nil, actor: String? = nil) {
        self.kind = kind
        self.runID = runID
        self.requestID = requestID
        self.reason = reason
        self.actor = actor
    }

    /// The event, such as `flow_run_cancel_requested`.
    var message: [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.put("event_type", "flow_run_\(kind.rawValue)_requested")
        writer.put("run_id", runID)
        writer.put("request_id", requestID)
        writer.put("reason", reason)
        writer.put("actor", actor)
        writer.endObject()
        return writer.bytes
    }
}
