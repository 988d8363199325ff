public import Workflow

/// Asks for runs and for changes to runs by events on `flow_runs`; the lanes do the rest.
///
/// Everything is sent with the ids the caller chose, so a request that may have been lost is simply sent again.
public struct RunRequests {
    private let publisher: any RequestPublishing

    public init(publisher: any RequestPublishing) {
        self.publisher = publisher
    }

    /// Sends a request for a run; returns once the log holds it.
    public func start(_ request: RequestDraft) throws(ServiceFailure) {
        let problems = request.problems
        guard problems.isEmpty else { throw ServiceFailure(.invalid, "the request is invalid", details: problems) }
        return try publish(request.runID, request.message)
    }

    /// Sends a command for a run; what comes of it is an outcome under its `requestID`.
    public func send(_ command: CommandDraft) throws(ServiceFailure) {
        try check([("run_id", command.runID), ("request_id", command.requestID)] + command.tasks.map { ("task", $0) })
        return try publish(command.runID, command.message)
    }

    /// Asks for fresh attempts; what comes of it is an outcome under its `requestID`.
    public func send(_ request: RetryRequest) throws(ServiceFailure) {
        try check([("run_id", request.runID), ("request_id", request.requestID)])
        try publish(request.runID, request.message)
    }

    private func check(_ ids: [(name: String, id: String)]) throws(ServiceFailure) {
        for (name, id) in ids where !RequestDraft.isID(id) {
            throw ServiceFailure(.invalid, "\(name): is 1 to 255 bytes without control characters")
        }
    }

    private func publish(_ runID: String, _ message: [UInt8]) throws(ServiceFailure) {
        try reaching { () throws(AccessFailure) in try publisher.publish(runID: runID, request: message[...]) }
    }
}
