import JSON

/// Asks the lane of a run to give failed tasks fresh attempts: `task_retry_requested`.
public struct RetryRequest: Sendable, Equatable {
    public var runID: String
    public var requestID: String
    /// Empty: all failed tasks of the run.
    public var taskIDs: [String]
    /// The attempt that the caller knows as the last one; a task with another one is refused.
    public var afterAttempt: Int?
    public var reason: String?
    public var actor: String?

    public init(
        runID: String, requestID: String, taskIDs: [String], afterAttempt: Int?, reason: String? = nil,
        actor: String? = nil
    ) {
        self.runID = runID
        self.requestID = requestID
        self.taskIDs = taskIDs
        self.afterAttempt = afterAttempt
        self.reason = reason
        self.actor = actor
    }

    public var message: [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.member("event_type", string: "task_retry_requested" as StaticString)
        writer.member("run_id", string: runID)
        writer.member("request_id", string: requestID)
        if !taskIDs.isEmpty {
            writer.key("task_ids")
            writer.beginArray()
            for task in taskIDs { writer.string(task) }
            writer.endArray()
        }
        writer.memberIfPresent("after_attempt", int: afterAttempt)
        writer.memberIfPresent("reason", string: reason?.utf8)
        writer.memberIfPresent("actor", string: actor?.utf8)
        writer.endObject()
        return writer.bytes
    }

    /// One command for each run of these items, in their order. A command has one attempt for all of its tasks: where
    /// theirs differ it has none, and the request id alone keeps it from counting twice.
    public static func all(for items: [CampaignItem], reason: String, actor: String?) -> [RetryRequest] {
        var requests: [RetryRequest] = []
        var places: [String: Int] = [:]
        for item in items {
            if let place = places[item.requestID] {
                requests[place].taskIDs.append(item.taskID)
                if requests[place].afterAttempt != item.attempt { requests[place].afterAttempt = nil }
            } else {
                places[item.requestID] = requests.count
                requests.append(
                    RetryRequest(
                        runID: item.runID, requestID: item.requestID, taskIDs: [item.taskID],
                        afterAttempt: item.attempt, reason: reason, actor: actor))
            }
        }
        return requests
    }
}
