/// Settings that every program reads under the same names: where the services are, what topics and groups are called.
public enum ConnectionSettings {
    public static let kafkaServers = Setting.endpoints(
        "ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS", default: "localhost:9092", "Where Kafka answers first.")
    public static let kafkaOptions = Setting.pairs(
        "ORCHESTRATOR_KAFKA_OPTIONS", secret: true, "Passed on to the Kafka client, for SASL and TLS.")
    public static let consumerGroup = Setting.text(
        "ORCHESTRATOR_KAFKA_CONSUMER_GROUP", default: "orchestrator-service", "Consumer group of the orchestrators.")
    public static let sessionTimeout = Setting.seconds(
        "ORCHESTRATOR_KAFKA_SESSION_TIMEOUT", default: "10", in: 1...300,
        "After this silence Kafka gives a process's partitions to others.")
    public static let instanceID = Setting.optionalText(
        "ORCHESTRATOR_INSTANCE_ID",
        "A name that this process keeps over restarts: makes it a static member of its group.")
    public static let executorGroup = Setting.text(
        "EXECUTOR_CONSUMER_GROUP", default: "task-executors", "Consumer group of the executors.")
    public static let topicPrefix = Setting.text(
        "ORCHESTRATOR_TOPIC_PREFIX", default: "", "Put before the name of every topic.")
    public static let lanes = Setting.integer(
        "ORCHESTRATOR_LANES", default: 4, in: 1...1000,
        "Partitions of flow_runs, task_done and task_failed when they are created; can be raised, never lowered.")
    public static let taskPartitions = Setting.integer(
        "ORCHESTRATOR_TASK_PARTITIONS", default: 12, in: 1...10_000,
        "Partitions of task_queue when it is created; can be raised, never lowered.")
    public static let topicReplication = Setting.optionalInteger(
        "ORCHESTRATOR_TOPIC_REPLICATION", in: 1...15, "Copies of each topic when it is created; unset: the broker's.")
    public static let pools = Setting.list(
        "ORCHESTRATOR_POOLS", default: "default", "Kinds of executors that a flow may name, each with its topic.")
    public static let redisURL = Setting.url(
        "ORCHESTRATOR_REDIS_URL", default: "redis://localhost:6379", schemes: ["redis"], secret: true,
        "Where Redis answers.")
    public static let redisPrefix = Setting.text(
        "ORCHESTRATOR_REDIS_PREFIX", default: "", "Put before every key.")
    public static let redisKeyTTL = Setting.seconds(
        "ORCHESTRATOR_REDIS_KEY_TTL", default: "3600", in: 1...31_536_000, "How long a run's state stays in Redis.")
    public static let databaseURL = Setting.url(
        "ORCHESTRATOR_DATABASE_URL", default: "postgresql://postgres:postgres@localhost:5432/agent_framework",
        schemes: ["postgresql", "postgres"], secret: true, "Where Postgres answers.")
    public static let flowRegistryURL = Setting.optionalURL(
        "ORCHESTRATOR_FLOW_REGISTRY_URL", schemes: ["postgresql", "postgres"], secret: true,
        "Where registered flows are; unset: in the same database.")
    public static let logLevel = Setting.level(
        "ORCHESTRATOR_LOG_LEVEL", default: .info, "The least level that is written to standard error.")
    public static let logFormat = Setting<LogFormat>.choice(
        "ORCHESTRATOR_LOG_FORMAT", default: .json, "One JSON object a line, or text for eyes.")

    static let groups: [SettingsTable.Group] = [
        SettingsTable.Group(
            title: "Kafka",
            settings: [
                kafkaServers.declaration, kafkaOptions.declaration, consumerGroup.declaration,
                executorGroup.declaration, sessionTimeout.declaration, instanceID.declaration,
                topicPrefix.declaration, lanes.declaration, taskPartitions.declaration,
                topicReplication.declaration, pools.declaration,
            ]),
        SettingsTable.Group(
            title: "Postgres and Redis",
            settings: [
                databaseURL.declaration, flowRegistryURL.declaration, redisURL.declaration,
                redisPrefix.declaration, redisKeyTTL.declaration,
            ]),
        SettingsTable.Group(title: "Log", settings: [logLevel.declaration, logFormat.declaration]),
    ]
}
