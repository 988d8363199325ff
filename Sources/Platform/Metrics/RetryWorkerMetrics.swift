/// The metrics of the retry worker.
public struct RetryWorkerMetrics: Sendable {
    /// By handler.
    public let published: MetricFamily<Counter>
    public let lateness: Histogram
    public let claims: Counter
    public let takenOver: Counter
    public let claimsLost: Counter
    public let undelivered: Counter
    public let refused: Counter
    public let overdue: Gauge
    public let oldestOverdue: Gauge
    public let parked: Gauge
    /// By handler.
    public let openBreakers: MetricFamily<Gauge>
    /// By handler.
    public let breakerOpenings: MetricFamily<Counter>
    /// By handler.
    public let breakerReleased: MetricFamily<Counter>

    public init(_ registry: MetricsRegistry) {
        published = registry.counters(
            "retry_worker_retries_published_total",
            "Retries put back on a task queue, by handler; increase(…[1h]) gives retries per hour.",
            labels: ["handler"])
        lateness = registry.histogram(
            "retry_worker_lateness_seconds", "From a retry's due time to Kafka's acknowledgement.")
        claims = registry.counter("retry_worker_claims_total", "Retry rows claimed.")
        takenOver = registry.counter(
            "retry_worker_claims_taken_over_total", "Of these, rows whose earlier claim had run out.")
        claimsLost = registry.counter(
            "retry_worker_claims_lost_total", "Claims that ran out before their message was handed over.")
        undelivered = registry.counter(
            "retry_worker_undelivered_total", "Messages that Kafka did not acknowledge; they go again.")
        refused = registry.counter(
            "retry_worker_refused_total", "Messages that Kafka will never take; their attempts were failed.")
        overdue = registry.gauge(
            "retry_worker_overdue_retries", "Retries due for more than a second and not held back, of all workers.")
        oldestOverdue = registry.gauge("retry_worker_oldest_overdue_seconds", "How late the oldest of them is.")
        parked = registry.gauge("retry_worker_parked_retries", "Retries held back by open breakers, of all workers.")
        openBreakers = registry.gauges(
            "retry_worker_open_breakers", "Tenants of a handler whose circuit breaker is open or probing.",
            labels: ["handler"])
        breakerOpenings = registry.counters(
            "retry_worker_breaker_openings_total", "How often this process opened a breaker, by handler.",
            labels: ["handler"])
        breakerReleased = registry.counters(
            "retry_worker_breaker_released_total", "Parked retries that this process let out in waves, by handler.",
            labels: ["handler"])
    }
}
