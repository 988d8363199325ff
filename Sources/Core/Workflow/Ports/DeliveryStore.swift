public import JSON

/// A row that a courier has claimed.
public struct OwedDelivery: Sendable {
    public var id: Int64
    public var kind: OwedRow.Kind
    public var runID: Identifier
    public var ending: Int32
    public var tenantID: Identifier
    public var userID: Identifier
    public var sessionID: Identifier
    public var flowID: Identifier
    /// The body of webhooks as it was when the run ended; nil for a watch.
    public var event: Bytes?
    public var url: String?
    /// The request's `delivery`; nil when the run's row is gone.
    public var request: Bytes?
    public var createdAt: Microseconds
    public var place: Int
    public var tries: Int
    public var memo: Bytes?
    /// Postgres' time at the claim.
    public var claimedAt: Microseconds
    /// How long after its due time it was claimed.
    public var lateness: Microseconds
    /// Claimed before by somebody who noted nothing in time: it may have been sent.
    public var isTakenOver: Bool
    /// Which of the row's claims this is; its note names it.
    public var claim: Int32
    /// The result of a later end of the run is kept.
    public var isOutdated: Bool

    public init(
        id: Int64, kind: OwedRow.Kind, runID: Identifier, ending: Int32, tenantID: Identifier = "default",
        userID: Identifier = "anonymous", sessionID: Identifier = "s", flowID: Identifier = "f", event: Bytes? = nil,
        url: String? = nil, request: Bytes? = nil, createdAt: Microseconds = 0, place: Int = 0, tries: Int = 0,
        memo: Bytes? = nil, claimedAt: Microseconds = 0, lateness: Microseconds = 0, isTakenOver: Bool = false,
        claim: Int32 = 1, isOutdated: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.runID = runID
        self.ending = ending
        self.tenantID = tenantID
        self.userID = userID
        self.sessionID = sessionID
        self.flowID = flowID
        self.event = event
        self.url = url
        self.request = request
        self.createdAt = createdAt
        self.place = place
        self.tries = tries
        self.memo = memo
        self.claimedAt = claimedAt
        self.lateness = lateness
        self.isTakenOver = isTakenOver
        self.claim = claim
        self.isOutdated = isOutdated
    }
}

/// Where a delivery is; a replay makes any that has ended wait again.
public enum DeliveryState: String, CaseIterable, Sendable {
    /// Due now or later, on the channel whose turn it is.
    case waiting
    /// Some channel took it; or, of a watch, the run is over.
    case delivered
    /// No channel took it, or it was to be kept: its result waits in the inbox.
    case orphaned
    /// Somebody picked it up.
    case redeemed
    /// Nobody did, and its time is over.
    case expired
}

/// One try, or one channel that was passed over.
public struct DeliveryTry: Sendable, Equatable {
    public var notice: Notice.Kind
    public var channel: String
    public var at: Microseconds
    public var outcome: String
    public var code: Int?
    public var latency: Microseconds?
    public var error: String?

    public init(
        notice: Notice.Kind, channel: String, at: Microseconds, outcome: String, code: Int? = nil,
        latency: Microseconds? = nil, error: String? = nil
    ) {
        self.notice = notice
        self.channel = channel
        self.at = at
        self.outcome = outcome
        self.code = code
        self.latency = latency
        self.error = error
    }
}

/// What came of a claimed row; written whole, with the claim's end.
public struct DeliveryNote: Sendable {
    public var id: Int64
    /// Of which of the row's claims it tells (`OwedDelivery.claim`).
    public var claim: Int32
    public var state: DeliveryState
    /// For rows that wait: how long from now, by Postgres' clock.
    public var delay: Microseconds = 0
    public var place = 0
    public var tries = 0
    public var channel: String?
    public var error: String?
    public var memo: Bytes?
    public var attempts: [DeliveryTry] = []
    /// With state `orphaned`: what is kept.
    public var kept: KeptNote?

    public init(id: Int64, claim: Int32, state: DeliveryState) {
        self.id = id
        self.claim = claim
        self.state = state
    }
}

/// What is kept of a result beside what the delivery's row knows.
public struct KeptNote: Sendable, Equatable {
    public var resultID: String
    public var status: String
    public var reason: String
    public var depth: String?
    public var results: Bytes

    public init(resultID: String, status: String, reason: String, depth: String? = nil, results: Bytes) {
        self.resultID = resultID
        self.status = status
        self.reason = reason
        self.depth = depth
        self.results = results
    }
}

/// How a run that is watched stands.
public struct WatchedRun: Sendable {
    public var status: RunStatus
    public var createdAt: Microseconds
    public var progress: RunProgress

    public init(status: RunStatus, createdAt: Microseconds, progress: RunProgress) {
        self.status = status
        self.createdAt = createdAt
        self.progress = progress
    }
}

/// How the rows stand, for metrics.
public struct DeliveryBacklog: Sendable, Equatable {
    /// Due for more than a second.
    public var overdue: Int
    public var oldest: Microseconds
    /// In the inbox.
    public var kept: Int

    public init(overdue: Int = 0, oldest: Microseconds = 0, kept: Int = 0) {
        self.overdue = overdue
        self.oldest = oldest
        self.kept = kept
    }
}

/// What a sweep met: results that end soon, and those that ended.
public struct ResultSweep: Sendable, Equatable {
    public var warned: [(id: String, runID: Identifier)]
    public var removed: [(id: String, runID: Identifier)]
    /// It took as much as one sweep takes: there may be more.
    public var isFull: Bool

    public init(
        warned: [(id: String, runID: Identifier)] = [], removed: [(id: String, runID: Identifier)] = [],
        isFull: Bool = false
    ) {
        self.warned = warned
        self.removed = removed
        self.isFull = isFull
    }

    public static func == (left: ResultSweep, right: ResultSweep) -> Bool {
        left.warned.map(\.id) == right.warned.map(\.id) && left.removed.map(\.id) == right.removed.map(\.id)
            && left.isFull == right.isFull
    }
}

/// What is too old, and when people are told before.
public struct SweepAges: Sendable, Equatable {
    /// How long before a kept result goes somebody is told.
    public var warning: Microseconds = 3 * 86_400 * 1_000_000
    /// Between the warning and the removal at least, however late the warning came.
    public var notice: Microseconds = 6 * 3_600 * 1_000_000
    /// How long results stay in the inbox, and rows of deliveries that ended.
    public var retentionDays = 30
    /// How long the body of a result that somebody has stays, for replays.
    public var replayDays = 7

    public init() {}
}

/// The couriers' side of Postgres. Every call is made on the courier's thread, is a transaction of its own and ends in
/// bounded time; no lock outlives it. A claim belongs to its courier until it runs out; each has a number of its own.
public protocol DeliveryStore: AnyObject {
    /// Claims due rows, the earliest first. The end of a run waits while somebody is telling how it goes.
    func claim(
        _ limit: Int, butOf tenants: [Identifier], lasts: Microseconds
    ) throws(StoreError) -> [OwedDelivery]
    /// Writes what came of rows, as far as the claim that a note names stands, and answers which; tries are written in
    /// any case, each once. Repeating it is harmless.
    func note(_ notes: [DeliveryNote], keptFor days: Int) throws(StoreError) -> Set<Int64>
    /// Which of these endpoints (hashes of their URLs) said that they are gone.
    func disabled(_ endpoints: [String]) throws(StoreError) -> Set<String>
    func disable(_ endpoint: String, place: String, because reason: String) throws(StoreError)
    func watched(_ runs: [Identifier]) throws(StoreError) -> [Identifier: WatchedRun]
    /// Adds the hash of a pick-up code, before the code is given out.
    func note(code hash: String, for id: Int64) throws(StoreError)
    /// How long until a row becomes due or a claim runs out; nil when there is none.
    func untilNextDue() throws(StoreError) -> Microseconds?
    func backlog() throws(StoreError) -> DeliveryBacklog
    /// Warns of results that end soon, removes those that ended a while after their warning, and what is too old of
    /// deliveries; a limited number at a time.
    func sweep(_ ages: SweepAges) throws(StoreError) -> ResultSweep
    /// Which of these runs have a kept result.
    func kept(of runs: [Identifier]) throws(StoreError) -> Set<Identifier>
    /// Waits this long, or until shortly after a row that is written meanwhile becomes due.
    func wait(_ span: Microseconds)
}

/// Secrets by name; several while one takes the place of another, the newest first.
public protocol SecretBook: AnyObject {
    /// False where there should be secrets and nobody could read them yet.
    var isReady: Bool { get }

    /// None where the secret is not for runs of that tenant, or not for that address.
    func secrets(named name: String, for tenant: Identifier, at url: String) -> [Secret]
}
