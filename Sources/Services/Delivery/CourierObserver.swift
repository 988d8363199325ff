public import Platform
public import Workflow

/// What a courier notices, for log lines, metrics and health; and the points at which a test may end it.
public protocol CourierObserver: AnyObject {
    func passed(_ point: KillPoint)
    func noticed(_ event: CourierEvent)
}

public enum CourierEvent: Sendable {
    case claimed(count: Int, takenOver: Int)
    /// A request was answered, or not.
    case tried(runID: Identifier, DeliveryTry)
    /// Somebody has the result; `lateness` is from the due time to the answer.
    case delivered(runID: Identifier, channel: String, kind: Notice.Kind, lateness: Microseconds)
    /// A channel of Discord's interactions had ended before or while something was sent.
    case sessionClosed(runID: Identifier, stage: Notice.Kind, depth: String, why: String)
    /// A channel was passed over or given up.
    case passedOver(runID: Identifier, channel: String, stage: Notice.Kind, why: String)
    case kept(runID: Identifier, reason: String, depth: String, command: String, why: String)
    /// The file of a kept result could not be written; `why` is what had led to keeping it.
    case fileFailed(runID: Identifier, words: String, why: String)
    /// Claims had run out before what came of their rows was written: others send those again.
    case tooLate(count: Int)
    /// Postgres refuses what there is to note of this delivery.
    case unwritable(id: Int64, words: String)
    case endpointDisabled(place: String, why: String)
    case expiresSoon(runID: Identifier, resultID: String)
    case swept(runID: Identifier, resultID: String)
    case backlog(DeliveryBacklog)
    case storeAway(String)
    case storeBack
}
