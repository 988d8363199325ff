public import Kafka
public import Platform
public import Postgres
public import Redis

/// What the connection settings mean to the clients: the same in every program.
extension Settings {
    /// - `name`: how the client calls itself in Kafka's logs and listings.
    public func kafka(_ name: String, log: Log) -> KafkaConfiguration {
        KafkaConfiguration(
            bootstrapServers: self[ConnectionSettings.kafkaServers].joined(separator: ","), clientID: name,
            options: self[ConnectionSettings.kafkaOptions].map { ($0.name, $0.value) },
            log: { level, message in
                log.limited("librdkafka-\(level)", level <= 4 ? .warning : .debug, message, [.client("librdkafka")])
            })
    }

    public func kafkaGroup(_ group: String, member number: Int) -> KafkaGroup {
        var group = KafkaGroup(group, instanceID: self[ConnectionSettings.instanceID].map { "\($0)-\(number)" })
        group.sessionTimeoutMilliseconds = Int(self[ConnectionSettings.sessionTimeout].nanoseconds / 1_000_000)
        return group
    }

    public func postgres(_ name: String) -> PostgresSettings {
        postgres(name, url: self[ConnectionSettings.databaseURL])
    }

    /// Nil when flows are registered in the same database.
    public func registry(_ name: String) -> PostgresSettings? {
        guard let url = self[ConnectionSettings.flowRegistryURL], url != self[ConnectionSettings.databaseURL] else {
            return nil
        }
        return postgres(name, url: url)
    }

    private func postgres(_ name: String, url: String) -> PostgresSettings {
        var settings = PostgresSettings(url: url)
        settings.applicationName = name
        return settings
    }

    public func redis() throws(RedisError) -> RedisConnection {
        RedisConnection(try RedisAddress(self[ConnectionSettings.redisURL]))
    }

    public var topicNames: TopicNames { TopicNames(prefix: self[ConnectionSettings.topicPrefix]) }
}
