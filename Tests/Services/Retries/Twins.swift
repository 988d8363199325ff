import Platform
import Workflow

@testable import Retries

/// A clock that moves when a test says so, or when somebody waits.
final class TwinClock: LaneClock {
    var monotonic: Microseconds = 1_000_000_000
}

/// Retry rows in memory, by the rules of the port.
final class TwinRetryStore: RetryStore {
    struct Row {
        var retry: ClaimedRetry
        var due: Microseconds
        var claimedBy: String?
        var claimedUntil: Microseconds?
    }

    let clock: TwinClock
    let worker: String
    var rows: [AttemptKey: Row] = [:]
    var readings: [BreakerReading] = []
    /// What was asked, in order.
    var calls: [String] = []
    var waits: [Microseconds] = []
    /// While set, every call fails with these words.
    var away: String?

    init(_ clock: TwinClock, worker: String = "one") {
        self.clock = clock
        self.worker = worker
    }

    func add(_ run: String, due: Microseconds = 0) {
        let key = AttemptKey(runID: Identifier(run), taskID: "t", attempt: 1)
        let retry = ClaimedRetry(key: key, handler: "http", pool: "default", message: [])
        rows[key] = Row(retry: retry, due: clock.monotonic + due)
    }

    private func ask(_ call: String) throws(StoreError) {
        if let away { throw .unavailable(away) }
        calls.append(call)
    }

    private func isOurs(_ key: AttemptKey) -> Bool { rows[key]?.claimedBy == worker && rows[key]?.claimedUntil != nil }

    func claim(_ wanted: RetryClaim) throws(StoreError) -> [ClaimedRetry] {
        try ask("claim")
        let now = clock.monotonic
        let due = rows.values.filter { row in
            let late = now - row.due
            return late >= wanted.from && wanted.below.map { late < $0 } ?? true && (row.claimedUntil ?? 0) <= now
        }
        let keys = due.sorted { ($0.due, $0.retry.key.runID) < ($1.due, $1.retry.key.runID) }.prefix(wanted.limit)
        return keys.map { row in
            rows[row.retry.key]?.claimedBy = worker
            rows[row.retry.key]?.claimedUntil = now + wanted.lasts
            return row.retry
        }
    }

    func renew(_ keys: [AttemptKey], lasts: Microseconds) throws(StoreError) -> Set<AttemptKey> {
        try ask("renew")
        let ours = keys.filter(isOurs)
        for key in ours { rows[key]?.claimedUntil = clock.monotonic + lasts }
        return Set(ours)
    }

    func remove(_ keys: [AttemptKey]) throws(StoreError) {
        try ask("remove \(keys.count)")
        for key in keys where isOurs(key) { rows[key] = nil }
    }

    func release(_ keys: [AttemptKey], after delay: Microseconds) throws(StoreError) {
        try ask("release \(keys.count)")
        for key in keys where isOurs(key) {
            rows[key]?.claimedBy = nil
            rows[key]?.claimedUntil = clock.monotonic + delay
        }
    }

    func untilNextDue() throws(StoreError) -> Microseconds? {
        try ask("next")
        return rows.values.map { max($0.due, $0.claimedUntil ?? $0.due) - clock.monotonic }.filter { $0 > 0 }.min()
    }

    func backlog() throws(StoreError) -> RetryBacklog {
        try ask("backlog")
        return RetryBacklog(overdue: 0, oldest: 0, parked: 0)
    }

    func wait(_ span: Microseconds) {
        waits.append(span)
        clock.monotonic += span
    }

    func breakers(window: Microseconds, minimum: Int) throws(StoreError) -> [BreakerReading] {
        try ask("breakers")
        return readings
    }

    func open(_ reading: BreakerReading) throws(StoreError) -> Bool {
        try ask("open")
        return true
    }

    func wave(_ reading: BreakerReading, size: Int, lasts: Microseconds) throws(StoreError) -> [ClaimedRetry]? {
        try ask("wave \(size)")
        return try claim(RetryClaim(limit: size, lasts: lasts))
    }

    func close(_ reading: BreakerReading) throws(StoreError) -> Bool {
        try ask("close")
        return true
    }
}

/// Queues in memory; reports come when asked for, unless a test holds them back.
final class TwinRetryLog: RetryLog {
    private(set) var published: [AttemptKey] = []
    private(set) var failed: [AttemptKey] = []
    private var waiting: [Int] = []
    private var keys: [AttemptKey] = []
    /// How the next reports turn out; those without an entry are delivered.
    var outcomes: [Identifier: RetryDelivery] = [:]
    var holdsReports = false
    var words: String?
    let clock: TwinClock

    init(_ clock: TwinClock) { self.clock = clock }

    func publish(_ retries: [ClaimedRetry]) {
        keys = retries.map(\.key)
        published += keys
        waiting = Array(keys.indices)
    }

    func reports(wait: Microseconds) -> [(place: Int, delivery: RetryDelivery)] {
        clock.monotonic += wait
        guard !holdsReports else { return [] }
        defer { waiting = [] }
        return waiting.map { ($0, outcomes.removeValue(forKey: keys[$0].runID) ?? .delivered) }
    }

    func fail(_ retry: ClaimedRetry, because reason: String) -> Bool {
        failed.append(retry.key)
        return true
    }

    func trouble() -> String? { words }
}

final class TwinObserver: RetryObserver {
    private(set) var events: [RetryEvent] = []
    private(set) var points: [KillPoint] = []
    func passed(_ point: KillPoint) { points.append(point) }
    func noticed(_ event: RetryEvent) { events.append(event) }
}
