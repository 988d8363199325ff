/// The metrics of the courier.
public struct CourierMetrics: Sendable {
    /// By channel and kind of notice.
    public let delivered: MetricFamily<Counter>
    /// By channel and outcome.
    public let tries: MetricFamily<Counter>
    /// By channel.
    public let latency: MetricFamily<Histogram>
    public let lateness: Histogram
    /// By channel.
    public let passedOver: MetricFamily<Counter>
    /// By kind of notice and depth.
    public let sessionsClosed: MetricFamily<Counter>
    /// By reason and depth.
    public let persisted: MetricFamily<Counter>
    public let keepFailures: Counter
    public let swept: Counter
    public let endpointsDisabled: Counter
    public let claims: Counter
    public let takenOver: Counter
    public let overdue: Gauge
    public let oldestOverdue: Gauge
    public let kept: Gauge

    public init(_ registry: MetricsRegistry) {
        delivered = registry.counters(
            "courier_delivered_total", "Notices that a channel took, by channel and kind.",
            labels: ["channel", "kind"])
        tries = registry.counters(
            "courier_tries_total", "Requests that were sent, by channel and what came of them.",
            labels: ["channel", "outcome"])
        latency = registry.histograms(
            "courier_try_seconds", "From handing a request over to its answer, by channel.", labels: ["channel"])
        lateness = registry.histogram(
            "courier_lateness_seconds", "From the time a delivery was due to the answer of the channel that took it.")
        passedOver = registry.counters(
            "courier_channels_passed_over_total", "Channels that were expired, closed, malformed or given up.",
            labels: ["channel"])
        sessionsClosed = registry.counters(
            "discord_session_closed_total",
            "Chat sessions found closed, by what was to be told (result, error, progress, early).",
            labels: ["stage", MetricLabel("depth", limit: 50)])
        persisted = registry.counters(
            "workflow_results_persisted_total", "Results kept for pick-up, by why.",
            labels: ["reason", MetricLabel("depth", limit: 50)])
        keepFailures = registry.counter(
            "courier_keep_failures_total", "Files of kept results that could not be written.")
        swept = registry.counter("courier_results_swept_total", "Kept results removed at the end of their time.")
        endpointsDisabled = registry.counter(
            "courier_endpoints_disabled_total", "Webhook endpoints that said they are gone.")
        claims = registry.counter("courier_claims_total", "Rows of deliveries claimed.")
        takenOver = registry.counter(
            "courier_claims_taken_over_total", "Of these, rows whose earlier claim had run out.")
        overdue = registry.gauge(
            "courier_overdue_deliveries", "Deliveries due for more than a second, of all couriers.")
        oldestOverdue = registry.gauge("courier_oldest_overdue_seconds", "How late the oldest of them is.")
        kept = registry.gauge("courier_kept_results", "Results that wait for pick-up, of all couriers.")
    }
}
