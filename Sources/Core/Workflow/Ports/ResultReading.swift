public import JSON

/// Which kept results: only the conditions that are set.
public struct ResultSelection: Sendable, Equatable {
    public var runID: String?
    public var url: String?
    public var userID: String?
    public var tenantID: String?
    /// Kept from then on, and before then; Unix microseconds.
    public var since: Microseconds?
    public var until: Microseconds?
    /// Only those that nobody picked up yet.
    public var isOpenOnly = false

    public init() {}
}

/// Where a page of results ended.
public struct ResultPlace: Sendable, Equatable {
    public var createdAt: Microseconds
    public var id: String

    public init(createdAt: Microseconds, id: String) {
        self.createdAt = createdAt
        self.id = id
    }
}

/// A result in the inbox.
public struct KeptResult: Sendable, Equatable {
    public var id = ""
    public var runID = ""
    public var ending = 1
    public var flowID = ""
    public var tenantID = ""
    public var userID = ""
    public var sessionID = ""
    /// Of the run, when it ended.
    public var status = ""
    public var url: String?
    public var depth: String?
    /// JSON object.
    public var labels: Bytes?
    /// JSON: `output`, `error` and ids as they were when the run ended. Empty where only a list is asked for.
    public var results: Bytes = []
    /// Why it is kept: `session_closed`, `undeliverable`, `malformed`, `too_large`, `requested`.
    public var reason = ""
    public var createdAt: Microseconds = 0
    public var expiresAt: Microseconds = 0
    public var redeemedAt: Microseconds?
    public var redeemedBy: String?

    public init() {}

    public var place: ResultPlace { ResultPlace(createdAt: createdAt, id: id) }
}

/// What came of picking a result up.
public enum Redemption: Sendable, Equatable {
    /// It is marked as picked up; doing it again gives it again.
    case redeemed(KeptResult)
    case unknown
    case wrongCode
}

/// Reads the inbox and picks results up.
public protocol ResultReading {
    /// From the newest to the oldest, without `results`.
    func results(_ wanted: ResultSelection, limit: Int, after place: ResultPlace?) throws(AccessFailure) -> [KeptResult]
    /// - `tenantID`: nil: whosever it is.
    func result(_ id: String, tenantID: String?) throws(AccessFailure) -> KeptResult?
    /// - `code`: as somebody typed it; nil: who asks may do so without one.
    func redeem(_ id: String, code: String?, by actor: String?, tenantID: String?) throws(AccessFailure) -> Redemption
    /// One more code that picks it up, before the code is given out; only its hash is kept.
    func add(code: String, to id: String) throws(AccessFailure)
}
