internal import CKafka

/// A broker out of librdkafka's own mock cluster, on loopback and a free port, for this and other processes.
///
/// Keeps records in memory, about 5 MB a partition, and forgets them at `deinit`. It knows groups, static members,
/// commits and idempotent producers; topics are made here, not by an admin client.
@safe public final class KafkaMockCluster {
    private let handle: KafkaHandle
    private let cluster: OpaquePointer
    public let bootstrapServers: String

    public init(brokers: Int = 1, log: KafkaConfiguration.Log? = nil) throws(KafkaError) {
        handle = try KafkaHandle(.admin, KafkaConfiguration(bootstrapServers: "", log: log), defaults: [], pinned: [])
        guard let cluster = unsafe rd_kafka_mock_cluster_new(handle.client, Int32(clamping: brokers)) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, "mock cluster")
        }
        unsafe self.cluster = unsafe cluster
        bootstrapServers = unsafe String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit { unsafe rd_kafka_mock_cluster_destroy(cluster) }

    public func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
        try unsafe check(rd_kafka_mock_topic_create(cluster, name, Int32(clamping: partitions), 1), "topic \(name)")
    }

    /// Refuses connections, as a dead broker does, until `revive`.
    public func kill(broker: Int32 = 1) throws(KafkaError) {
        try unsafe check(rd_kafka_mock_broker_set_down(cluster, broker))
    }

    public func revive(broker: Int32 = 1) throws(KafkaError) {
        try unsafe check(rd_kafka_mock_broker_set_up(cluster, broker))
    }
}
