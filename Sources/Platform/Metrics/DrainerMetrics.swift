/// The metrics of the drainer; the first name is a contract, and the orchestrator shows it too.
public struct DrainerMetrics: Sendable {
    public let deadLetterQueueSize: Gauge
    /// By reason.
    public let open: MetricFamily<Gauge>
    /// By reason.
    public let oldestSeconds: MetricFamily<Gauge>
    public let received: Counter
    /// By reason.
    public let kept: MetricFamily<Counter>
    public let repeated: Counter
    public let unreadable: Counter
    public let keepSeconds: Histogram
    public let campaignsLive: Gauge
    public let itemsSent: Counter
    public let itemsSentAgain: Counter
    /// By status: `succeeded`, `failed`, `refused`.
    public let itemsEnded: MetricFamily<Counter>
    public let campaignsStopped: Counter

    public init(_ registry: MetricsRegistry) {
        deadLetterQueueSize = registry.gauge("orchestrator_dead_letter_queue_size", "Open dead letters.")
        open = registry.gauges("drainer_open_letters", "Open dead letters, by reason.", labels: ["reason"])
        oldestSeconds = registry.gauges(
            "drainer_oldest_letter_seconds", "Age of the oldest open dead letter, by reason.", labels: ["reason"])
        received = registry.counter("drainer_records_received_total", "Records read from the dead letter topic.")
        kept = registry.counters(
            "drainer_letters_kept_total", "Dead letters kept for the first time, by reason.", labels: ["reason"])
        repeated = registry.counter("drainer_letters_repeated_total", "Dead letters that were there already.")
        unreadable = registry.counter(
            "drainer_records_unreadable_total", "Records that are no dead letter, kept as bytes.")
        keepSeconds = registry.histogram("drainer_keep_seconds", "How long the transaction of a batch took.")
        campaignsLive = registry.gauge("drainer_campaigns", "Campaigns that this process leads.")
        itemsSent = registry.counter("drainer_campaign_items_sent_total", "Items of campaigns sent to their lanes.")
        itemsSentAgain = registry.counter(
            "drainer_campaign_items_sent_again_total", "Items sent again, because no lane had answered.")
        itemsEnded = registry.counters(
            "drainer_campaign_items_total", "Items of campaigns with an outcome, by status.", labels: ["status"],
            known: [["succeeded"], ["failed"], ["refused"]])
        campaignsStopped = registry.counter(
            "drainer_campaigns_stopped_total", "Campaigns that stopped themselves.")
    }
}
