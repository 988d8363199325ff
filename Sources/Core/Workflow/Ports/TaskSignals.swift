/// Word that tasks of a run are to end.
public struct CancelMark: Sendable, Equatable {
    public var runID: [UInt8]
    /// Those dispatched up to then; `max`: all of them.
    public var limit: Microseconds

    public init(runID: [UInt8], limit: Microseconds = .max) {
        self.runID = runID
        self.limit = limit
    }
}

/// Who was told to stop: a fast path only, no decision depends on it.
///
/// One thread calls. The answer may come from an earlier question and must come at once: an implementation that has to
/// wait asks elsewhere. When nobody can be asked, nobody is cancelled or paused.
public protocol TaskSignals: AnyObject {
    /// Says which runs have tasks running here, and takes the marks that were found of them.
    func cancelled(among running: [[UInt8]]) -> [CancelMark]

    /// Says which runs have segments here that would go on by themselves, and tells which of those asked for last were
    /// found paused.
    func paused(among running: [[UInt8]]) -> [[UInt8]]
}
