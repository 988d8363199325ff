public import JSON

/// What people look at in Redis, written after the commit. May be gone at any time; no decision reads it.
public protocol RunMirror: AnyObject {
    /// Never waits and never fails: an entry that cannot be sent is dropped.
    func write(_ entries: [MirrorEntry])
    /// About once a second: reads what came back, connects again.
    func collect()
}

/// One run's state at (epoch, batch); an older one never overwrites a newer one.
public struct MirrorEntry: Sendable {
    public var runID: Identifier
    public var epoch: Int64
    public var batch: Int64
    public var json: Bytes
    /// Tasks of the run that were dispatched up to then are to end; `max`: all of them, nil: none.
    public var cancelMark: Microseconds?

    public init(runID: Identifier, epoch: Int64, batch: Int64, json: Bytes, cancelMark: Microseconds?) {
        self.runID = runID
        self.epoch = epoch
        self.batch = batch
        self.json = json
        self.cancelMark = cancelMark
    }
}

/// Time that only moves forward; its zero means nothing.
public protocol LaneClock: AnyObject {
    var monotonic: Microseconds { get }
}
