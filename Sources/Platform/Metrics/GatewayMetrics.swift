/// The metrics of the gateway.
public struct GatewayMetrics: Sendable {
    /// By route and status; `none` where no route answers.
    public let requests: MetricFamily<Counter>
    /// By route.
    public let seconds: MetricFamily<Histogram>
    public let streams: Gauge

    public init(_ registry: MetricsRegistry) {
        requests = registry.counters(
            "gateway_requests_total", "Requests answered, by route and status.", labels: ["route", "status"])
        seconds = registry.histograms(
            "gateway_request_seconds", "From a request's last byte to its answer, by route.", labels: ["route"])
        streams = registry.gauge("gateway_streams", "Open streams of announcements.")
    }

    /// An answer was given.
    /// - `nanoseconds`: nil for what is answered at once.
    public func note(_ route: String, _ status: Int, nanoseconds: Int64?) {
        requests.with(route, String(status)).add()
        if let nanoseconds { seconds.with(route).record(Double(nanoseconds) / 1e9) }
    }
}
