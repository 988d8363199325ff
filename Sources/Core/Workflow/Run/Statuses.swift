/// Where a run is. The table in docs/reference/states.md is compared with `next` by a test.
public enum RunStatus: String, CaseIterable, Sendable {
    /// Asked for; known to the gateway, not yet taken by a lane. A lane never stores it.
    case requested
    /// Its tasks are being dispatched and counted.
    case running
    /// Nothing new starts; results of what was out still count.
    case paused
    /// No task is open, none failed for good.
    case completed
    /// No task is open, at least one failed; or the run never could start, or ran out of time.
    case failed
    /// Somebody asked for its end.
    case cancelled

    public var isFinal: Bool { next.isEmpty || self == .failed }

    /// Where it can go from here. A failed run lives again when its failed tasks are retried.
    public var next: [RunStatus] {
        switch self {
        case .requested: [.running, .failed]
        case .running: [.paused, .completed, .failed, .cancelled]
        case .paused: [.running, .completed, .failed, .cancelled]
        case .failed: [.running]
        case .completed, .cancelled: []
        }
    }
}

/// Where a task is. `pending` is the absence of a row, but for a task that waits again since its run was revived.
public enum TaskStatus: String, CaseIterable, Sendable {
    /// Waits for dependencies, or is dispatched and nothing came back yet.
    case pending
    /// Its executor says that it takes long (held).
    case running
    /// An attempt failed; the next one has a due time.
    case retrying
    case succeeded
    /// Usable but not complete, or failed where the flow says to go on.
    case degraded
    case failed
    /// Something it depends on failed for good.
    case skipped
    case cancelled

    public var isOpen: Bool { self == .pending || self == .running || self == .retrying }
    /// Descendants may run.
    public var isUsable: Bool { self == .succeeded || self == .degraded }

    public var next: [TaskStatus] {
        switch self {
        case .pending: [.running, .retrying, .succeeded, .degraded, .failed, .skipped, .cancelled]
        case .running: [.running, .retrying, .succeeded, .degraded, .failed, .cancelled]
        case .retrying: [.running, .retrying, .succeeded, .degraded, .failed, .cancelled]
        case .failed: [.retrying]
        case .cancelled, .skipped: [.pending, .retrying]
        case .succeeded, .degraded: []
        }
    }
}
