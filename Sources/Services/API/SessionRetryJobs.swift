import Platform
public import Workflow

/// A retry of a session as something that goes on: its commands leave at a pace that lanes can follow, it can be
/// watched run by run, and cancelled.
public struct SessionRetryJobs {
    private let retries: SessionRetries
    private let keeper: any SessionRetryKeeping
    private let publisher: any RequestPublishing
    private let tenantID: String?

    /// - `tenantID`: whose retries these are; nil: everybody's.
    public init(
        _ retries: SessionRetries, keeper: any SessionRetryKeeping, publisher: any RequestPublishing, tenantID: String?
    ) {
        self.retries = retries
        self.keeper = keeper
        self.publisher = publisher
        self.tenantID = tenantID
    }

    /// Sent at once; the others follow as answers come.
    static let step = 1_000
    /// Commands without an answer at once, over all retries.
    static let open = 2_000

    /// What would be started; changes nothing.
    public func plan(_ choice: SessionRetries.Choice) throws(ServiceFailure) -> SessionRetries.Plan {
        try retries.choose(choice)
    }

    /// What was started, or under that id before.
    public func start(
        _ choice: SessionRetries.Choice, retryID: String, actor: String?, reason: String?
    ) throws(ServiceFailure) -> SessionRetries.Plan {
        if let known = try reaching({ () throws(AccessFailure) in try keeper.retry(retryID, tenantID: tenantID) }) {
            return try again(known, choice)
        }
        let plan = try retries.choose(choice)
        var record = SessionRetryRecord(retryID: retryID, sessionID: choice.sessionID)
        (record.tenantID, record.actor, record.reason) = (tenantID, actor, reason)
        let items = plan.runs.map { run in
            SessionRetryItem(
                runID: run.runID, requestID: SessionRetries.requestID(retryID, run.runID), taskIDs: run.taskIDs)
        }
        let ours = try reaching { () throws(AccessFailure) in
            try keeper.create(record, items, sending: Self.step, open: Self.open)
        }
        guard let ours else { throw Self.used(retryID) }
        KillPoint.markedNotSent.pass()
        let first = items.prefix(ours).map { SessionRetryCommand(item: $0, actor: actor, reason: reason) }
        // It is written down, so it will be done: what the log does not take now is sent again.
        try? publisher.publish(SessionRetryCommand.messages(first))
        return plan
    }

    /// The answer of the first try, for the same session.
    private func again(
        _ known: SessionRetryRecord, _ choice: SessionRetries.Choice
    ) throws(ServiceFailure) -> SessionRetries.Plan {
        guard known.sessionID == choice.sessionID else { throw Self.used(known.retryID) }
        var (plan, last): (SessionRetries.Plan, String?) = (.init(sessionID: known.sessionID, runs: []), nil)
        while true {
            let page = try items(of: known.retryID, state: nil, after: last, limit: 5_000)
            plan.runs += page.map { ($0.runID, $0.taskIDs) }
            guard page.count == 5_000 else { return plan }
            last = page.last?.runID
        }
    }

    private static func used(_ retryID: String) -> ServiceFailure {
        ServiceFailure(
            .conflict, "the request id \(retryID) has been used for another retry",
            advice: "give each retry an id of its own")
    }

    // MARK: Watching

    public func list(
        _ sessionID: String, before: String?, limit: Int
    ) throws(ServiceFailure) -> [SessionRetryRecord] {
        try reaching { () throws(AccessFailure) in
            try keeper.retries(of: sessionID, tenantID: tenantID, before: before, limit: limit)
        }
    }

    public func retry(
        _ retryID: String, of sessionID: String
    ) throws(ServiceFailure) -> (SessionRetryRecord, SessionRetryTally) {
        let found = try record(retryID, of: sessionID)
        return (found, try reaching { () throws(AccessFailure) in try keeper.tally(of: retryID) })
    }

    /// Without counting its runs.
    public func record(_ retryID: String, of sessionID: String) throws(ServiceFailure) -> SessionRetryRecord {
        let found = try reaching { () throws(AccessFailure) in try keeper.retry(retryID, tenantID: tenantID) }
        guard let found, found.sessionID == sessionID else {
            throw ServiceFailure(.notFound, "no retry \(retryID) of session \(sessionID) is known")
        }
        return found
    }

    public func items(
        of retryID: String, state: SessionRetryItem.State?, after: String?, limit: Int
    ) throws(ServiceFailure) -> [SessionRetryItem] {
        try reaching { () throws(AccessFailure) in
            try keeper.items(of: retryID, state: state, after: after, limit: limit)
        }
    }

    /// What was not sent yet is dropped; what lanes have taken goes on. One that is cancelled already stays so.
    public func cancel(
        _ retryID: String, of sessionID: String, _ wish: Wish
    ) throws(ServiceFailure) -> (SessionRetryRecord, SessionRetryTally) {
        let (found, tally) = try retry(retryID, of: sessionID)
        if found.cancelledAt != nil { return (found, tally) }
        guard tally.status == .sending else {
            throw ServiceFailure(
                .conflict, "nothing is left to drop: the retry is \(tally.status.rawValue)",
                advice: "cancel the session to end its runs")
        }
        _ = try reaching { () throws(AccessFailure) in try keeper.cancel(retryID, wish) }
        return try retry(retryID, of: sessionID)
    }
}

extension SessionRetryCommand {
    static func messages(_ commands: [SessionRetryCommand]) -> [RunMessage] {
        commands.map { RunMessage(runID: $0.item.runID, value: $0.request.message[...]) }
    }
}
