import JSON
public import Workflow

/// `POST /orchestrator-trigger`: starts one run for each query of a job, or tries failed tasks of a session again.
public struct SessionTrigger {
    private let sessions: Sessions
    private let retries: SessionRetryJobs
    private let publisher: any RequestPublishing
    private let defaultFlow: String?
    private let newID: () -> String

    public init(
        sessions: Sessions, retries: SessionRetryJobs, publisher: any RequestPublishing, defaultFlow: String?,
        newID: @escaping () -> String
    ) {
        self.sessions = sessions
        self.retries = retries
        self.publisher = publisher
        self.defaultFlow = defaultFlow
        self.newID = newID
    }

    /// What came of it.
    public enum Answer: Sendable {
        /// 202 with `{"session_id","runs":[{"run_id","query"}]}`.
        case started(sessionID: String, runs: [(runID: String, query: String)])
        /// 202 with what is tried again.
        case retrying(SessionRetries.Plan, retryID: String)
    }

    public func handle(
        _ request: TriggerRequest, tenantID: String, actor: String?
    ) throws(ServiceFailure) -> Answer {
        switch request {
        case .retry(let choice, let reason):
            let retryID = newID()
            let plan = try retries.start(choice, retryID: retryID, actor: actor, reason: reason)
            return .retrying(plan, retryID: retryID)
        case .start(let job):
            return try start(job, tenantID, actor)
        }
    }

    private func start(
        _ job: TriggerRequest.Job, _ tenantID: String, _ actor: String?
    ) throws(ServiceFailure) -> Answer {
        guard let flow = job.flowID ?? defaultFlow else {
            throw ServiceFailure(.invalid, "flow_id: is missing, and GATEWAY_TRIGGER_FLOW is not set")
        }
        let sessionID = job.sessionID ?? newID()
        var metadata = JSONWriter()
        metadata.beginObject()
        metadata.member("job_id", string: job.jobID)
        metadata.member("flow_id", string: flow)
        metadata.endObject()
        let draft = SessionDraft(sessionID: sessionID, tenantID: tenantID, metadata: metadata.bytes[...])
        if try !sessions.open(draft, Wish(requestID: newID(), actor: actor)) {
            let known = try sessions.session(sessionID)
            // Another tenant's session is told apart from none by nothing.
            guard known.tenantID == tenantID else {
                throw ServiceFailure(.notFound, "no session \(sessionID) is known")
            }
            if let closed = known.closedAt {
                throw ServiceFailure(.conflict, "session \(sessionID) was closed at \(closed)")
            }
        }
        var (runs, messages): ([(runID: String, query: String)], [RunMessage]) = ([], [])
        for query in job.queries {
            var request = RequestDraft(runID: newID(), flowID: flow)
            request.sessionID = sessionID
            request.tenantID = tenantID
            request.userID = actor
            request.input = Self.input(query, job.jobID)
            let problems = request.problems
            guard problems.isEmpty else { throw ServiceFailure(.invalid, "the request is invalid", details: problems) }
            runs.append((request.runID, query))
            messages.append(RunMessage(runID: request.runID, value: request.message[...]))
        }
        try reaching { () throws(AccessFailure) in try publisher.publish(messages) }
        return .started(sessionID: sessionID, runs: runs)
    }

    private static func input(_ query: String, _ jobID: String) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("query", string: query)
        writer.member("job_id", string: jobID)
        writer.endObject()
        return writer.bytes[...]
    }
}
