/// How to reach a Kafka installation; shared by consumers, producers and admin clients.
///
/// `options` are the user's own librdkafka settings (SASL, TLS, …). They win over our defaults, but not over what
/// correctness stands on: acknowledgements, idempotence, commits, assignment, group names.
public struct KafkaConfiguration: Sendable {
    /// Receives librdkafka's log lines on its own threads; level as in syslog, 3 is an error, 7 is debug.
    public typealias Log = @Sendable (_ level: Int32, _ message: String) -> Void
    /// Receives librdkafka's statistics as JSON on the polling thread.
    public typealias Statistics = @Sendable (_ json: String) -> Void

    /// Comma list of `host:port`.
    public var bootstrapServers: String
    public var clientID: String
    public var options: [(key: String, value: String)]
    public var log: Log?
    public var statistics: Statistics?
    public var statisticsIntervalMilliseconds = 10_000

    public init(
        bootstrapServers: String, clientID: String = "flowfleet", options: [(key: String, value: String)] = [],
        log: Log? = nil, statistics: Statistics? = nil
    ) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
        self.options = options
        self.log = log
        self.statistics = statistics
    }
}

extension KafkaConfiguration {
    /// What every client starts from: no Nagle delay, quick reconnects, quick news of topics.
    var defaults: [(String, String)] {
        [
            ("client.id", clientID),
            ("socket.nagle.disable", "true"),
            ("socket.keepalive.enable", "true"),
            ("socket.connection.setup.timeout.ms", "5000"),
            ("reconnect.backoff.ms", "50"),
            ("reconnect.backoff.max.ms", "1000"),
            ("topic.metadata.refresh.interval.ms", "30000"),
            ("topic.metadata.refresh.fast.interval.ms", "100"),
            ("log.connection.close", "false"),
        ]
    }

    /// What no option may change.
    var pinned: [(String, String)] {
        [
            ("bootstrap.servers", bootstrapServers),
            ("statistics.interval.ms", statistics == nil ? "0" : "\(statisticsIntervalMilliseconds)"),
            ("log.queue", "false"),
        ]
    }
}
