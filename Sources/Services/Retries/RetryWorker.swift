import Platform
public import Workflow

/// Puts due retries back on their queues: claims rows, publishes them, waits for the reports, removes them.
///
/// A synchronous loop: `step()` waits in the store or in the log only, each in bounded time. What must hold between
/// steps: every claimed row is in `batch`, and no transaction is open. So whoever ends this process at any moment
/// leaves rows whose claims run out; somebody else publishes them, once more at worst.
public final class RetryWorker {
    let store: any RetryStore
    let log: any RetryLog
    let clock: any LaneClock
    let observer: any RetryObserver
    let limits: RetryLimits
    let policy: BreakerPolicy

    var batch: RetryBatch?
    var pace: Pace
    /// The last look found overdue rows that the pace held back.
    var isPacing = false
    var hasOpenBreakers = false
    var lastBreakerLook = Microseconds.min / 2
    private var lastBacklogLook = Microseconds.min / 2
    /// Nil until the first answer.
    private var isStoreThere: Bool?
    private var isLogThere: Bool?
    private var isStopping = false

    public init(
        store: any RetryStore, log: any RetryLog, clock: any LaneClock, observer: any RetryObserver,
        limits: RetryLimits = RetryLimits(), policy: BreakerPolicy = BreakerPolicy()
    ) {
        self.store = store
        self.log = log
        self.clock = clock
        self.observer = observer
        self.limits = limits
        self.policy = policy
        pace = Pace(rate: limits.rate, now: clock.monotonic)
    }

    /// Nothing is claimed any more, and what was is on its queue.
    public var hasStopped: Bool { isStopping && batch == nil }

    /// Claims nothing more; what is claimed is still published, and its rows are removed.
    public func stop() { isStopping = true }

    /// One round: bring the claimed rows on their way, or claim the next, or sleep until one is due.
    public func step() {
        noteLog()
        if batch != nil { return advance() }
        guard !isStopping else { return }
        guard isLogThere == true else { return store.wait(limits.storeWait) }
        lookAtBreakers()
        if batch == nil { claim() }
        if batch != nil { advance() } else { rest() }
    }

    private func claim() {
        let now = clock.monotonic
        guard let found = ask({ () throws(StoreError) in try self.claimRows(at: now) }) else { return }
        take(found, claimedAt: now)
    }

    /// First what is due now, so that nothing waits behind the backlog of a long downtime; then of that what the pace
    /// allows.
    private func claimRows(at now: Microseconds) throws(StoreError) -> [ClaimedRetry] {
        let claim = RetryClaim(limit: limits.batch, below: limits.overdue, lasts: limits.claim)
        var found = try store.claim(claim)
        let allowance = min(pace.allowance(at: now), limits.batch - found.count)
        isPacing = false
        guard allowance > 0 else {
            isPacing = found.count < limits.batch
            return found
        }
        let late = RetryClaim(limit: allowance, from: limits.overdue, lasts: limits.claim)
        let overdue = try store.claim(late)
        pace.take(overdue.count)
        isPacing = overdue.count == allowance
        found += overdue
        return found
    }

    func take(_ found: [ClaimedRetry], claimedAt: Microseconds) {
        guard !found.isEmpty else { return }
        batch = RetryBatch(found, claimedAt: claimedAt)
        observer.noticed(.claimed(count: found.count, takenOver: found.count { $0.isTakenOver }))
        observer.passed(.claimed)
    }

    /// Until the next row is due, but never longer than the poll interval.
    private func rest() {
        lookAtBacklog()
        guard let next = ask({ () throws(StoreError) in try self.store.untilNextDue() }) else { return }
        var span = min(next ?? limits.poll, limits.poll)
        if isPacing { span = min(span, pace.wait) }
        if hasOpenBreakers { span = min(span, limits.breakerLook) }
        store.wait(max(span, 0))
    }

    func lookAtBacklog() {
        guard clock.monotonic - lastBacklogLook >= limits.backlogLook else { return }
        lastBacklogLook = clock.monotonic
        guard let backlog = ask({ () throws(StoreError) in try self.store.backlog() }) else { return }
        observer.noticed(.backlog(backlog))
    }

    private func noteLog() {
        let trouble = log.trouble()
        if isLogThere != (trouble == nil) { observer.noticed(trouble.map { .logAway($0) } ?? .logBack) }
        isLogThere = trouble == nil
    }

    /// Asks the store; nil when it is away, after a short wait. What it refuses outright is trouble as well.
    func ask<Answer>(_ question: () throws(StoreError) -> Answer) -> Answer? {
        do throws(StoreError) {
            let answer = try question()
            if isStoreThere != true { observer.noticed(.storeBack) }
            isStoreThere = true
            return answer
        } catch {
            if isStoreThere != false { observer.noticed(.storeAway(error.words)) }
            isStoreThere = false
            store.wait(limits.storeWait)
            return nil
        }
    }
}

extension StoreError {
    /// For people.
    var words: String {
        switch self {
        case .unavailable(let words), .refused(.data(let words)), .refused(.server(let words)): words
        case .refused(let refusal): "\(refusal)"
        }
    }
}
