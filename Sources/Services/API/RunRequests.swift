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
        guard RequestDraft.isID(command.runID), RequestDraft.isID(command.requestID) else {
            throw ServiceFailure(.invalid, "run_id is 1 to 255 bytes without control characters")
        }
        guard command.tasks.allSatisfy(RequestDraft.isID) else {
            throw ServiceFailure(.invalid, "a task's id is 1 to 255 bytes without control characters")
        }
        return try publish(command.runID, command.message)
    }

    /// Asks for fresh attempts; what comes of it is an outcome under its `requestID`.
    public func send(_ request: RetryRequest) throws(ServiceFailure) {
        try publish(request.runID, request.message)
    }

    private func publish(_ runID: String, _ message: [UInt8]) throws(ServiceFailure) {
        try reaching { () throws(AccessFailure) in try publisher.publish(runID: runID, request: message[...]) }
    }
}
