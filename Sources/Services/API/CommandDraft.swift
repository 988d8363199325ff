import JSON

/// A change somebody asks for in a run that exists.
public struct CommandDraft: Sendable {
    public enum Kind: String, Sendable {
        case cancel, pause, resume
        /// Failed tasks of a failed run are tried again.
        case retry
    }

    public let kind: Kind
    public let runID: String
    public let requestID: String
    public var reason: String?
    public var actor: String?
    /// For a retry: these tasks; empty for all that failed.
    public var tasks: [String] = []
    /// For a retry: refused unless this attempt, counted from 0, is the last one of each of its tasks.
    public var afterAttempt: Int?

    public init(_ kind: Kind, runID: String, requestID: String, reason: String? = nil, actor: String? = nil) {
        self.kind = kind
        self.runID = runID
        self.requestID = requestID
        self.reason = reason
        self.actor = actor
    }

    var eventType: String { kind == .retry ? "task_retry_requested" : "flow_run_\(kind.rawValue)_requested" }

    /// The event, such as `flow_run_cancel_requested`.
    var message: [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.put("event_type", eventType)
        writer.put("run_id", runID)
        writer.put("request_id", requestID)
        writer.put("reason", reason)
        writer.put("actor", actor)
        if !tasks.isEmpty {
            writer.key("task_ids")
            writer.beginArray()
            for task in tasks { writer.string(task) }
            writer.endArray()
        }
        if let afterAttempt { writer.member("after_attempt", int: afterAttempt) }
        writer.endObject()
        return writer.bytes
    }
}
