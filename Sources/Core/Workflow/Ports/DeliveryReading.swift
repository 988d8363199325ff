/// Which deliveries: only the conditions that are set.
public struct DeliverySelection: Sendable, Equatable {
    public var ids: [Int]?
    public var runID: String?
    public var state: String?
    public var channel: String?
    public var tenantID: String?
    /// Written from then on, and before then; Unix microseconds.
    public var since: Microseconds?
    public var until: Microseconds?
    /// Only what was written behind this one: where the choice before ended.
    public var after: Int?

    public init() {}

    /// Whether it says anything beside whose they are.
    public var isNarrow: Bool {
        ids != nil || runID != nil || state != nil || channel != nil || since != nil || until != nil
    }
}

/// A delivery as its row says it. Times are RFC 3339 with milliseconds.
public struct DeliveryEntry: Sendable, Equatable {
    public var id = 0
    public var runID = ""
    public var ending = 1
    public var kind = ""
    public var flowID = ""
    public var tenantID = ""
    public var userID = ""
    public var sessionID = ""
    public var state = ""
    public var channel: String?
    public var tries = 0
    public var dueAt: String?
    public var error: String?
    public var createdAt = ""
    public var endedAt: String?

    public init() {}
}

/// One try of a delivery.
public struct TryEntry: Sendable, Equatable {
    public var at = ""
    public var notice = ""
    public var channel = ""
    public var outcome = ""
    public var code: Int?
    public var latencyMilliseconds: Double?
    public var error: String?
    public var courier = ""

    public init() {}
}

/// Reads deliveries, and makes them wait again at somebody's wish.
public protocol DeliveryReading {
    /// From the newest to the oldest; `before` is the id that the last page ended with.
    func deliveries(_ wanted: DeliverySelection, before: Int?, limit: Int) throws(AccessFailure) -> [DeliveryEntry]
    func delivery(_ id: Int, tenantID: String?) throws(AccessFailure) -> DeliveryEntry?
    /// Every try, the oldest first.
    func tries(of id: Int, limit: Int) throws(AccessFailure) -> [TryEntry]
    /// Ended deliveries of ends of runs go again from their first channel, with the same ids; answers which. Once for
    /// each request id of a wish: a repeat changes nothing and is answered the same.
    func replay(_ wanted: DeliverySelection, limit: Int, _ wish: Wish) throws(AccessFailure) -> [Int]
}
