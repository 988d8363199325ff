public import JSON

/// Something a person asks of a run that exists.
public struct RunCommand: Sendable {
    public enum Action: String, Sendable, CaseIterable {
        case cancel = "flow_run_cancel_requested"
        case pause = "flow_run_pause_requested"
        case resume = "flow_run_resume_requested"
        /// Failed tasks of a failed run are tried again.
        case retry = "task_retry_requested"
    }

    public var action: Action
    public var runID: Identifier
    /// Absent in the smallest form; then the record's position stands for it.
    public var requestID: Bytes
    public var actor: Bytes?
    public var reason: Bytes?
    /// For a retry: these tasks; nil for all that failed.
    public var taskIDs: [Identifier]?
    /// For a retry: only tasks whose last attempt this is.
    public var afterAttempt: Int32?

    public init(action: Action, runID: Identifier, requestID: Bytes, actor: Bytes? = nil, reason: Bytes? = nil) {
        self.action = action
        self.runID = runID
        self.requestID = requestID
        self.actor = actor
        self.reason = reason
    }
}

extension RunCommand {
    /// The event that asks for it, whole: as good as the record it came in, whatever that one left to its headers and
    /// its position.
    public var message: Bytes {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.member("event_type", string: action.rawValue)
        writer.member("run_id", string: runID.bytes[...])
        writer.member("request_id", string: requestID)
        writer.memberIfPresent("actor", string: actor)
        writer.memberIfPresent("reason", string: reason)
        if let taskIDs {
            writer.key("task_ids")
            writer.beginArray()
            for id in taskIDs { writer.string(id.bytes[...]) }
            writer.endArray()
        }
        writer.memberIfPresent("after_attempt", int: afterAttempt.map { Int($0) })
        writer.endObject()
        return writer.bytes[...]
    }
}
