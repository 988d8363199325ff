/// A circuit breaker that holds retries back, as its row says it. Times are RFC 3339 with milliseconds.
public struct BreakerRecord: Equatable, Sendable {
    public var handler = ""
    public var tenantID = ""
    /// `open` or `probing`.
    public var state = ""
    public var openedAt = ""
    public var changedAt = ""
    /// How often in a row it opened.
    public var openings = 0
    /// The number of the wave that is out, 0 for none.
    public var wave = 0
    public var waveSize = 0
    /// Retries it holds back.
    public var parked = 0
    public var reason = ""

    public init() {}
}

/// Lists the circuit breakers that are not closed.
public protocol BreakerListing {
    /// In the order of handlers and tenants; nil does not restrict.
    func openBreakers(handler: String?, tenantID: String?) throws(AccessFailure) -> [BreakerRecord]
}
