/// Keeps retries of sessions: what was chosen, which commands were sent, and what the lanes made of them.
///
/// A run of a retry is one item. Items are taken by whoever sends them, by several at once; one that was taken and not
/// answered comes again after a while, for its sender may have died. Request ids make sure that it counts once.
public protocol SessionRetryKeeping {
    /// Keeps it, and says so in the audit log. How many of its first items are the caller's to send: at most `sending`,
    /// and no more than keep those without an answer below `open`; nil when a retry of that id is there already.
    func create(
        _ retry: SessionRetryRecord, _ items: [SessionRetryItem], sending: Int, open: Int
    ) throws(AccessFailure) -> Int?

    /// - `tenantID`: whose retries are seen; nil: everybody's.
    func retry(_ retryID: String, tenantID: String?) throws(AccessFailure) -> SessionRetryRecord?

    /// From the newest to the oldest; `before` is the retry the last page ended with.
    func retries(
        of sessionID: String, tenantID: String?, before: String?, limit: Int
    ) throws(AccessFailure) -> [SessionRetryRecord]

    /// How many items are where, counted from rows.
    func tally(of retryID: String) throws(AccessFailure) -> SessionRetryTally

    /// By run id behind `after`.
    func items(
        of retryID: String, state: SessionRetryItem.State?, after: String?, limit: Int
    ) throws(AccessFailure) -> [SessionRetryItem]

    /// Nothing of it is sent any more, and the audit log says who wished it; false when that was said before.
    func cancel(_ retryID: String, _ wish: Wish) throws(AccessFailure) -> Bool

    /// Those of whose commands some wait or were not answered yet.
    func underWay(limit: Int) throws(AccessFailure) -> [SessionRetryProgress]

    /// Writes down what the lanes have answered, and gives what is to be sent now, as long as fewer than `open` wait
    /// for an answer.
    func take(_ limit: Int, open: Int) throws(AccessFailure) -> [SessionRetryCommand]
}

/// Somebody's wish to try failed tasks of a session again.
public struct SessionRetryRecord: Equatable, Sendable {
    public var retryID: String
    public var sessionID: String
    public var tenantID: String?
    public var actor: String?
    public var reason: String?
    public var runs = 0
    public var tasks = 0
    public var createdAt = ""
    public var cancelledAt: String?

    public init(retryID: String, sessionID: String) {
        self.retryID = retryID
        self.sessionID = sessionID
    }
}

/// One run of a retry.
public struct SessionRetryItem: Equatable, Sendable {
    /// - `waiting`: not sent yet.
    /// - `sent`: its lane has not answered yet.
    /// - `goingOn`: its lane has revived the run, which has not ended.
    /// - `succeeded`, `failed`, `cancelled`: the run has ended so.
    /// - `refused`: its lane would not; `detail` says why.
    /// - `dropped`: the retry was cancelled before it was sent.
    public enum State: String, Sendable, CaseIterable {
        case waiting, sent
        case goingOn = "going_on"
        case succeeded, failed, cancelled, refused, dropped
    }

    public var runID: String
    public var requestID: String
    public var taskIDs: [String]
    public var state = State.waiting
    public var detail: String?

    public init(runID: String, requestID: String, taskIDs: [String]) {
        self.runID = runID
        self.requestID = requestID
        self.taskIDs = taskIDs
    }
}

/// How far the commands of a retry are; what becomes of its runs they tell themselves.
public struct SessionRetryProgress: Equatable, Sendable {
    public var retryID: String
    public var sessionID: String
    public var tenantID: String?
    public var runs = 0
    /// Not sent yet, and sent without an answer yet.
    public var waiting = 0
    public var sent = 0

    public init(retryID: String, sessionID: String) {
        self.retryID = retryID
        self.sessionID = sessionID
    }
}

/// An item that is to be sent, with what its retry says about it.
public struct SessionRetryCommand: Equatable, Sendable {
    public var item: SessionRetryItem
    public var actor: String?
    public var reason: String?

    public init(item: SessionRetryItem, actor: String?, reason: String?) {
        self.item = item
        self.actor = actor
        self.reason = reason
    }

    public var request: RetryRequest {
        RetryRequest(
            runID: item.runID, requestID: item.requestID, taskIDs: item.taskIDs, afterAttempt: nil, reason: reason,
            actor: actor)
    }
}

/// How many items of a retry are where.
public struct SessionRetryTally: Equatable, Sendable {
    public private(set) var counts: [SessionRetryItem.State: Int] = [:]

    public init(_ counts: [SessionRetryItem.State: Int] = [:]) { self.counts = counts }

    public subscript(_ state: SessionRetryItem.State) -> Int {
        get { counts[state] ?? 0 }
        set { counts[state] = newValue }
    }

    /// Of a retry that is not cancelled.
    public var status: Status {
        if self[.waiting] > 0 { return .sending }
        return self[.sent] + self[.goingOn] > 0 ? .underWay : .done
    }

    public enum Status: String, Sendable {
        case sending
        case underWay = "under_way"
        case done, cancelled
    }
}
