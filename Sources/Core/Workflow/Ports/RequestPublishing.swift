public import JSON

/// Puts requests and commands for runs on `flow_runs`.
public protocol RequestPublishing {
    /// Returns once the log has acknowledged the record on all its replicas; a failure leaves it unknown whether it
    /// arrived, so callers repeat it with the same ids.
    func publish(runID: String, request: Bytes) throws(AccessFailure)

    /// All of them, together where the log can; after a failure it is unknown which arrived.
    func publish(_ messages: [RunMessage]) throws(AccessFailure)
}

/// A request or command, and the run whose lane it goes to.
public struct RunMessage: Sendable, Equatable {
    public let runID: String
    public let value: Bytes

    public init(runID: String, value: Bytes) {
        self.runID = runID
        self.value = value
    }
}

extension RequestPublishing {
    public func publish(_ messages: [RunMessage]) throws(AccessFailure) {
        for message in messages { try publish(runID: message.runID, request: message.value) }
    }
}
