public import JSON

/// `run_events` as the gateway reads it: everything from now on, no positions kept.
public protocol AnnouncementLog: AnyObject {
    /// What came, waiting for the first no longer than this.
    func receive(wait: Microseconds) -> AnnouncementIntake
}

public struct AnnouncementIntake: Sendable {
    /// JSON objects as the lanes wrote them.
    public var messages: [Bytes] = []
    /// Some may have been missed before these: the log was away, or was read from somewhere else.
    public var hasGap = false
    /// Nil while the log answers.
    public var trouble: String?

    public init() {}
}
