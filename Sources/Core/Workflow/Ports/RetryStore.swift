public import JSON

/// A retry row that a worker has claimed: the message goes to the queue of its pool as it is.
public struct ClaimedRetry: Sendable {
    public var key: AttemptKey
    public var handler: Identifier
    public var pool: Identifier
    public var message: Bytes
    public var traceparent: Bytes?
    /// How long after its due time it was claimed, by Postgres' clock.
    public var lateness: Microseconds
    /// Claimed before by somebody who did not remove it in time: it may be on the queue already.
    public var isTakenOver: Bool

    public init(
        key: AttemptKey, handler: Identifier, pool: Identifier, message: Bytes, traceparent: Bytes? = nil,
        lateness: Microseconds = 0, isTakenOver: Bool = false
    ) {
        self.key = key
        self.handler = handler
        self.pool = pool
        self.message = message
        self.traceparent = traceparent
        self.lateness = lateness
        self.isTakenOver = isTakenOver
    }
}

/// Which due rows to claim: those that are late by at least `from` and less than `below`, by Postgres' clock.
public struct RetryClaim: Sendable, Equatable {
    public var limit: Int
    public var from: Microseconds
    public var below: Microseconds?
    /// How long the claim holds unless it is renewed.
    public var lasts: Microseconds

    public init(limit: Int, from: Microseconds = 0, below: Microseconds? = nil, lasts: Microseconds) {
        self.limit = limit
        self.from = from
        self.below = below
        self.lasts = lasts
    }
}

/// How the retry rows stand, for metrics.
public struct RetryBacklog: Sendable, Equatable {
    /// Due for more than a second, not parked; counted up to a limit of the store.
    public var overdue: Int
    /// How late the oldest of them is.
    public var oldest: Microseconds
    /// Held back by an open breaker.
    public var parked: Int

    public init(overdue: Int, oldest: Microseconds, parked: Int) {
        self.overdue = overdue
        self.oldest = oldest
        self.parked = parked
    }
}

/// The retry workers' side of Postgres: the claim columns of `task_retries`, and the breakers they share.
///
/// Every call is made on the worker's thread, is a transaction of its own and ends in bounded time; no lock outlives
/// it. A claim belongs to the worker that made it until it runs out, or until the lane writes the row anew. Rows of a
/// handler whose breaker is open are parked instead of claimed: they keep their due time and wait for a wave.
public protocol RetryStore: AnyObject {
    /// Claims due rows, the earliest first. What an open breaker holds back is parked and not in the answer.
    func claim(_ wanted: RetryClaim) throws(StoreError) -> [ClaimedRetry]
    /// Makes our claims hold this much longer, counted from now, and tells which are still ours.
    func renew(_ keys: [AttemptKey], lasts: Microseconds) throws(StoreError) -> Set<AttemptKey>
    /// Removes exactly these attempts' rows, as far as our claim on them stands.
    func remove(_ keys: [AttemptKey]) throws(StoreError)
    /// Gives rows back that were not published; nobody claims them before `delay` has passed.
    func release(_ keys: [AttemptKey], after delay: Microseconds) throws(StoreError)
    /// How long until a row becomes due or a claim runs out; nil when there is none.
    func untilNextDue() throws(StoreError) -> Microseconds?
    func backlog() throws(StoreError) -> RetryBacklog
    /// Waits this long, or until shortly after a row that is written meanwhile becomes due.
    func wait(_ span: Microseconds)

    /// Breakers that are not closed, and pairs of handler and tenant that failed at least `minimum` times within
    /// `window`.
    func breakers(window: Microseconds, minimum: Int) throws(StoreError) -> [BreakerReading]
    /// Opens a breaker, or opens it again; false if somebody else changed it since it was read.
    func open(_ reading: BreakerReading) throws(StoreError) -> Bool
    /// Starts the next wave: claims that many parked rows, the earliest due first, and notes them as the wave.
    /// Nil if somebody else changed the breaker since it was read.
    func wave(_ reading: BreakerReading, size: Int, lasts: Microseconds) throws(StoreError) -> [ClaimedRetry]?
    /// Closes a breaker and sets free what it had parked; false if somebody else changed it since it was read.
    func close(_ reading: BreakerReading) throws(StoreError) -> Bool
}
