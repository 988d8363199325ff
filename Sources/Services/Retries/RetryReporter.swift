public import Platform
import Workflow

/// Turns what a retry worker notices into log lines, metrics and health.
public final class RetryReporter: RetryObserver {
    private let log: Log
    private let metrics: RetryWorkerMetrics
    private let health: Health
    /// Looked up once a handler: a family costs a lock for each look.
    private var published: [Identifier: Counter] = [:]
    private var open: Set<Identifier> = []

    public init(log: Log, metrics: RetryWorkerMetrics, health: Health) {
        self.log = log
        self.metrics = metrics
        self.health = health
    }

    public func passed(_ point: KillPoint) { point.pass() }

    public func noticed(_ event: RetryEvent) {
        switch event {
        case .claimed(let count, let takenOver): claimed(count, takenOver)
        case .published(let retry, let lateness): count(retry, lateness)
        case .undelivered(let retry, let why):
            metrics.undelivered.add()
            log.limited(
                "undelivered", .warning, "a retry was not delivered and goes again",
                [.runID(retry.key.runID.bytes), .pool(retry.pool.bytes), .error(why)])
        case .refused(let retry, let why):
            metrics.refused.add()
            log.error(
                "a retry can never be published; its attempt has failed",
                [.runID(retry.key.runID.bytes), .taskID(retry.key.taskID.bytes), .error(why)])
        case .removed: break
        case .claimsLost(let count):
            metrics.claimsLost.add(count)
            log.warning("claims ran out before their messages were handed over", [.count(count)])
        case .backlog(let backlog): show(backlog)
        case .breakers, .breakerOpened, .breakerWave, .breakerClosed: breaker(event)
        case .storeAway, .storeBack, .logAway, .logBack: dependency(event)
        }
    }

    private func claimed(_ count: Int, _ takenOver: Int) {
        metrics.claims.add(count)
        metrics.takenOver.add(takenOver)
        if takenOver > 0 { log.info("claims of another worker had run out and were taken over", [.count(takenOver)]) }
    }

    private func count(_ retry: ClaimedRetry, _ lateness: Microseconds) {
        if published.count > 1_000 { published.removeAll() }
        let counter = published[retry.handler] ?? metrics.published.with("\(retry.handler)")
        published[retry.handler] = counter
        counter.add()
        log.debug(
            "a retry went out",
            [
                .runID("\(retry.key.runID)"), .taskID("\(retry.key.taskID)"), .attempt(Int(retry.key.attempt)),
                .milliseconds(Double(lateness) / 1e3),
            ])
        metrics.lateness.record(Double(lateness) / 1e6)
    }

    private func show(_ backlog: RetryBacklog) {
        metrics.overdue.set(backlog.overdue)
        metrics.oldestOverdue.set(Double(backlog.oldest) / 1e6)
        metrics.parked.set(backlog.parked)
    }

    private func breaker(_ event: RetryEvent) {
        switch event {
        case .breakers(let readings):
            let tenants = Dictionary(grouping: readings, by: \.handler).mapValues(\.count)
            for gone in open.subtracting(tenants.keys) { metrics.openBreakers.with("\(gone)").set(0) }
            for (handler, count) in tenants { metrics.openBreakers.with("\(handler)").set(count) }
            open = Set(tenants.keys)
        case .breakerOpened(let reading):
            metrics.breakerOpenings.with("\(reading.handler)").add()
            let seen = reading.state == .probing ? reading.wave : reading.recent
            let again = reading.state == .closed ? "" : " again"
            log.warning(
                "a circuit breaker opened\(again): retries of this handler and tenant are parked",
                fields(reading) + [.reason("\(seen.failed) of \(seen.succeeded + seen.failed) attempts failed")])
        case .breakerWave(let reading, let released):
            metrics.breakerReleased.with("\(reading.handler)").add(released)
            let what = reading.state == .open ? "canaries" : "the next wave"
            log.info("\(what) of parked retries went out", fields(reading) + [.count(released)])
        case .breakerClosed(let reading):
            log.info("a circuit breaker closed: retries go through again", fields(reading))
        default: break
        }
    }

    private func fields(_ reading: BreakerReading) -> [LogField] {
        [.handler(reading.handler.bytes), .tenantID(reading.tenantID.bytes)]
    }

    private func dependency(_ event: RetryEvent) {
        switch event {
        case .storeAway(let why):
            health.down("postgres", why)
            log.warning("Postgres is away; retries wait", [.dependency("postgres"), .error(why)])
        case .storeBack:
            health.up("postgres")
            log.info("Postgres is there", [.dependency("postgres")])
        case .logAway(let why):
            health.down("kafka", why)
            log.warning("Kafka is away; retries wait", [.dependency("kafka"), .error(why)])
        case .logBack:
            health.up("kafka")
            log.info("Kafka is there", [.dependency("kafka")])
        default: break
        }
    }
}
