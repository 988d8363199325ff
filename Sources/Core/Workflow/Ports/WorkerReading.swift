public import JSON

/// Who works now, and what is held back; none of it decides anything.
public protocol WorkerReading {
    /// The heartbeats of all workers, as they wrote them.
    func heartbeats() throws(AccessFailure) -> [Bytes]
}

/// Circuit breakers that are not closed.
public protocol BreakerShowing {
    func openBreakers() throws(AccessFailure) -> [BreakerEntry]
}

public struct BreakerEntry: Sendable, Equatable {
    public var handler = ""
    public var tenantID = ""
    public var state = ""
    public var openedAt = ""
    public var reason = ""
    /// Retries that it holds back.
    public var parked = 0

    public init() {}
}

/// Closes circuit breakers by hand, for whoever knows before the canaries do that a fault is mended.
public protocol BreakerClosing {
    /// Closes those of the handler that are not closed, of one tenant or of all (nil), and sets free what they held
    /// back. Gives them as they were.
    func close(handler: String, tenantID: String?, _ wish: Wish) throws(AccessFailure) -> [BreakerEntry]
}
