public import JSON

/// A request for a run before it is sent; absent values get the contract's defaults from the lane that takes it.
public struct RequestDraft: Sendable {
    public var runID: String
    public var flowID: String
    public var flowVersion: Int?
    public var sessionID: String?
    public var tenantID: String?
    public var userID: String?
    public var correlationID: String?
    public var input: Bytes?
    public var context: Bytes?
    public var definition: Bytes?
    public var labels: [(key: String, value: String)] = []
    public var timeoutSeconds: Double?

    public init(runID: String, flowID: String) {
        self.runID = runID
        self.flowID = flowID
    }
}

extension RequestDraft {
    /// The event `flow_run_requested`.
    public var message: [UInt8] {
        var writer = JSONWriter(reserving: 512 + (input?.count ?? 0) + (definition?.count ?? 0))
        writer.beginObject()
        writer.put("event_type", "flow_run_requested")
        writer.put("run_id", runID)
        writer.put("flow_id", flowID)
        writer.put("session_id", sessionID)
        writer.put("tenant_id", tenantID)
        writer.put("user_id", userID)
        writer.put("correlation_id", correlationID)
        if let flowVersion {
            writer.key("flow_version")
            writer.int(flowVersion)
        }
        writer.put("timeout", raw: timeoutSeconds.map { Array(RequestDraft.number($0).utf8)[...] })
        writeLabels(&writer)
        writer.put("input", raw: input)
        writer.put("execution_context", raw: context)
        writer.put("flow_definition", raw: definition)
        writer.endObject()
        return writer.bytes
    }

    private func writeLabels(_ writer: inout JSONWriter) {
        guard !labels.isEmpty else { return }
        writer.key("labels")
        writer.beginObject()
        for label in labels {
            writer.key(bytes: Array(label.key.utf8))
            writer.string(label.value)
        }
        writer.endObject()
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : String(value)
    }
}

extension JSONWriter {
    mutating func put(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        string(text)
    }

    mutating func put(_ name: StaticString, raw json: Bytes?) {
        guard let json else { return }
        key(name)
        raw(json)
    }
}
