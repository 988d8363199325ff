public import Platform
public import Workflow

/// What a retry worker notices, for log lines, metrics and health; and the points at which a test may end it.
public protocol RetryObserver: AnyObject {
    func passed(_ point: KillPoint)
    func noticed(_ event: RetryEvent)
}

public enum RetryEvent: Sendable {
    case claimed(count: Int, takenOver: Int)
    /// On its queue; `lateness` is from the due time to the report.
    case published(ClaimedRetry, lateness: Microseconds)
    case undelivered(ClaimedRetry, String)
    /// The log will never take it: the lane was told that the attempt failed.
    case refused(ClaimedRetry, String)
    case removed(Int)
    /// Claims that ran out before their messages were handed over: somebody else publishes them.
    case claimsLost(Int)
    case breakerOpened(BreakerReading)
    case breakerWave(BreakerReading, released: Int)
    case breakerClosed(BreakerReading)
    /// Those that are not closed.
    case breakers([BreakerReading])
    case backlog(RetryBacklog)
    case storeAway(String)
    case storeBack
    case logAway(String)
    case logBack
}
