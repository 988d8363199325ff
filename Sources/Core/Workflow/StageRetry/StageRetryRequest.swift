public import JSON

/// What somebody asks for who wants a run tried again from one of its stages: a new run that reuses the rest.
public struct StageRetryRequest: Sendable {
    public var parentRunID: Identifier
    public var fromStage: Identifier
    /// Names the wish: what came of it is an audit row under this id. The new run's id when it says none.
    public var requestID: Bytes
    /// A JSON merge patch for the run's input; an object.
    public var inputPatch: Bytes?
    /// Outputs that stand in for those of reused tasks, by task; an object.
    public var outputOverrides: Bytes?
    /// Runs by the newest registered definition instead of the parent's own.
    public var wantsLatest = false
    /// Waits while another retry of the parent is live, instead of being refused.
    public var queues = false
    /// The plan its sender has seen: another one is refused.
    public var planVersion: Bytes?
    public var actor: Bytes?
    public var reason: Bytes?

    public init(parentRunID: Identifier, fromStage: Identifier, requestID: Bytes) {
        self.parentRunID = parentRunID
        self.fromStage = fromStage
        self.requestID = requestID
    }
}

extension RunRequest {
    /// The event that asks for this stage retry, in words of our own: as good as the record it came in.
    public func message(of stage: StageRetryRequest) -> Bytes {
        var writer = JSONWriter(reserving: 512 + (stage.outputOverrides?.count ?? 0))
        writer.beginObject()
        writer.member("event_type", string: "flow_run_requested")
        writer.member("run_id", string: runID.bytes)
        writer.member("flow_id", string: flowID.bytes)
        writer.memberIfPresent("flow_version", int: flowVersion.map { Int($0) })
        writer.member("parent_run_id", string: stage.parentRunID.bytes)
        writer.member("retry_from_stage", string: stage.fromStage.bytes)
        writer.member("request_id", string: stage.requestID)
        writer.memberIfPresent("input_patch", raw: stage.inputPatch)
        writer.memberIfPresent("output_overrides", raw: stage.outputOverrides)
        if stage.wantsLatest { writer.member("version", string: "latest") }
        if stage.queues { writer.member("queue", bool: true) }
        writer.memberIfPresent("plan_version", string: stage.planVersion)
        writer.memberIfPresent("actor", string: stage.actor)
        writer.memberIfPresent("reason", string: stage.reason)
        writer.memberIfPresent("labels", raw: labels)
        writer.memberIfPresent("delivery", raw: delivery)
        if let timeout {
            writer.key("timeout")
            writer.seconds(Double(timeout) / 1_000_000)
        }
        writer.memberIfPresent("traceparent", string: traceparent)
        writer.endObject()
        return writer.bytes[...]
    }
}
