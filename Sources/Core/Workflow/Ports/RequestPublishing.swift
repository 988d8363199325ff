public import JSON

/// Puts requests and commands for runs on `flow_runs`.
public protocol RequestPublishing {
    /// Returns once the log has acknowledged the record on all its replicas; a failure leaves it unknown whether it
    /// arrived, so callers repeat it with the same ids.
    func publish(runID: String, request: Bytes) throws(AccessFailure)
}
