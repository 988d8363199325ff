import JSON
public import Workflow

/// Shows sessions: what they are, how far they have come, what failed, and how their stages went.
public struct Sessions {
    private let store: any SessionReading
    private let keeper: any SessionKeeping
    private let life: Int?

    /// - `life`: seconds until the end of a session that is opened without one.
    public init(store: any SessionReading, keeper: any SessionKeeping, life: Int? = nil) {
        self.store = store
        self.keeper = keeper
        self.life = life
    }

    public func session(_ id: String) throws(ServiceFailure) -> SessionRecord {
        guard let found = try reaching({ () throws(AccessFailure) in try store.session(id) }) else {
            throw ServiceFailure(
                .notFound, "no session \(id) is known", advice: "a session exists once it was opened, or has a run")
        }
        return found
    }

    public func sessions(
        tenantID: String?, before: String?, limit: Int
    ) throws(ServiceFailure) -> [SessionRecord] {
        try reaching { () throws(AccessFailure) in
            try store.sessions(tenantID: tenantID, before: before, limit: limit)
        }
    }

    /// False when it is there already.
    public func open(_ draft: SessionDraft, _ wish: Wish) throws(ServiceFailure) -> Bool {
        guard RequestDraft.isID(draft.sessionID), RequestDraft.isID(draft.tenantID) else {
            throw ServiceFailure(.invalid, "session_id, tenant_id: are 1 to 255 bytes without control characters")
        }
        if let metadata = draft.metadata {
            guard let value = try? JSONValue(validating: metadata), value.kind == .object, value.isStorable,
                metadata.count <= Self.metadataBytes
            else {
                throw ServiceFailure(.invalid, "metadata: is a JSON object of at most \(Self.metadataBytes) bytes")
            }
        }
        var draft = draft
        draft.expiresInSeconds = draft.expiresInSeconds ?? life
        return try reaching { () throws(AccessFailure) in try keeper.open(draft, wish) }
    }

    public static let metadataBytes = 64 * 1024

    /// Closing keeps the runs; no trigger adds to it any more. False when it was closed before, or never opened.
    public func close(_ id: String, _ wish: Wish) throws(ServiceFailure) -> Bool {
        try reaching { () throws(AccessFailure) in try keeper.close(id, wish) }
    }

    public func progress(of id: String) throws(ServiceFailure) -> SessionProgress {
        let counts = try reaching { () throws(AccessFailure) in try store.counts(of: id) }
        guard counts.left > 0 else { return SessionProgress(counts, typicalMilliseconds: nil) }
        var progress = SessionProgress(counts, typicalMilliseconds: try durations(of: id).p50)
        progress.held = try reaching { () throws(AccessFailure) in try store.heldBack(of: id) }
        return progress
    }

    public func durations(of id: String) throws(ServiceFailure) -> SessionDurations {
        try reaching { () throws(AccessFailure) in try store.durations(of: id) }
    }

    public func retries(of id: String) throws(ServiceFailure) -> SessionRetryCounts {
        try reaching { () throws(AccessFailure) in try store.retries(of: id) }
    }

    public func failures(of id: String, limit: Int = 50) throws(ServiceFailure) -> [SessionFailure] {
        try reaching { () throws(AccessFailure) in try store.failures(of: id, limit: limit) }
    }

    /// Of its newest 10,000 runs.
    public func stages(of id: String) throws(ServiceFailure) -> [StageStatistics] {
        try reaching { () throws(AccessFailure) in try store.stages(of: id, runs: Self.statisticsRuns) }
    }

    /// Over all sessions: the newest 10,000 runs of a flow since then (RFC 3339).
    public func stages(ofFlow flowID: String, since: String) throws(ServiceFailure) -> [StageStatistics] {
        try reaching { () throws(AccessFailure) in
            try store.stages(ofFlow: flowID, since: since, runs: Self.statisticsRuns)
        }
    }

    static let statisticsRuns = 10_000
}

/// How far a session has come, and when it may end. Pure.
public struct SessionProgress: Equatable, Sendable {
    public let counts: SessionCounts
    /// Unix seconds; nil while nothing tells.
    public let expectedEnd: Double?
    public var held: [SessionHold] = []

    /// At the pace so far; before the first run has ended, after a typical run. A session that is paused whole has no
    /// expected end.
    public init(_ counts: SessionCounts, typicalMilliseconds: Int?) {
        self.counts = counts
        guard counts.left > 0 else {
            expectedEnd = counts.lastEndAt
            return
        }
        guard counts.left > counts.byStatus["paused"] ?? 0 else {
            expectedEnd = nil
            return
        }
        if counts.done > 0, let start = counts.startedAt, counts.now > start {
            let pace = Double(counts.done) / (counts.now - start)
            expectedEnd = counts.now + Double(counts.left) / pace
        } else {
            expectedEnd = typicalMilliseconds.map { counts.now + Double($0) / 1_000 }
        }
    }

    public var done: Int { counts.done }
    public var left: Int { counts.left }
    public var hasEnded: Bool { counts.left == 0 }

    /// What stands still, in a sentence; nil where nothing does.
    public var waiting: String? {
        if left > 0, left == counts.byStatus["paused"] ?? 0 { return "every run that is left is paused" }
        guard !held.isEmpty else { return nil }
        return held.map { hold in
            let tasks = hold.tasks == 1 ? "1 task is" : "\(hold.tasks) tasks are"
            return "\(tasks) held back by the circuit breaker of \(hold.handler): \(hold.reason)"
        }.joined(separator: "; ")
    }
}
