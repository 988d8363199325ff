import API
import Kafka
import Platform
import Postgres
import Stores
import Workflow

/// Everything outside that a command may need: settings at once, connections when they are asked for.
struct Connections {
    private let settings: Settings
    private static let name = "flowfleet-cli"

    init(_ call: Invocation) throws(CommandFailure) {
        do throws(SettingsProblems) {
            settings = try Settings(.commandLine, environment: call.environment)
        } catch {
            throw CommandFailure(.badSettings, "settings are wrong", details: error.all.map(\.text))
        }
        for warning in settings.warnings { call.console.note("flowfleet: " + warning) }
    }

    var flowSettings: FlowSettings { FlowSettings(settings) }
    var postgres: PostgresSettings { settings.postgres(Self.name) }
    var replication: Int? { settings[ConnectionSettings.topicReplication] }

    var kafka: KafkaConfiguration {
        // librdkafka's own log lines would stand between a command's messages; failures are told by the calls.
        KafkaConfiguration(
            bootstrapServers: settings[ConnectionSettings.kafkaServers].joined(separator: ","),
            clientID: Self.name,
            options: settings[ConnectionSettings.kafkaOptions].map { ($0.name, $0.value) }, log: { _, _ in })
    }

    var topics: TopicLayout {
        TopicLayout(
            prefix: settings[ConnectionSettings.topicPrefix], lanes: settings[ConnectionSettings.lanes],
            taskPartitions: settings[ConnectionSettings.taskPartitions], pools: settings[ConnectionSettings.pools])
    }

    func registry() -> FlowRegistry {
        let store = PostgresRegistry(PostgresAccess(settings.registry(Self.name) ?? postgres))
        return FlowRegistry(store: store, settings: flowSettings)
    }

    func reader() -> RunReader {
        RunReader(store: PostgresRunReader(PostgresAccess(postgres)), settings: flowSettings)
    }

    /// Nil with a Redis that cannot even be named: it is only asked for hints.
    func poolWatch() -> PoolWatch? { (try? RedisWorkerReader(settings)).map { PoolWatch(workers: $0) } }

    func requests() -> RunRequests {
        RunRequests(publisher: KafkaRequestPublisher(kafka, topics: settings.topicNames))
    }

    func stageRetries() -> StageRetries {
        StageRetries(
            store: PostgresStageReader(PostgresAccess(postgres)),
            registry: PostgresRegistry(PostgresAccess(settings.registry(Self.name) ?? postgres)),
            publisher: publisher, settings: flowSettings,
            depthLimit: settings[OrchestratorSettings.retryDepthLimit])
    }

    func sessions() -> Sessions {
        let store = PostgresSessions(PostgresAccess(postgres))
        return Sessions(store: store, keeper: store)
    }

    func sessionRetries() -> SessionRetries {
        SessionRetries(store: PostgresSessions(PostgresAccess(postgres)), publisher: publisher)
    }

    func sessionControls() -> SessionControls {
        SessionControls(store: PostgresSessions(PostgresAccess(postgres)), publisher: publisher)
    }

    private var publisher: KafkaRequestPublisher { KafkaRequestPublisher(kafka, topics: settings.topicNames) }

    func why() -> WhyReader {
        WhyReader(
            reader: reader(), executions: try? RedisExecutionReader(settings),
            workers: try? RedisWorkerReader(settings),
            stages: PostgresStageReader(PostgresAccess(postgres)))
    }

    func letters() -> Letters {
        let store = PostgresLetterReader(PostgresAccess(postgres))
        return Letters(reader: store, keeper: store)
    }

    func campaigns() -> Campaigns {
        Campaigns(keeper: PostgresCampaignKeeper(PostgresAccess(postgres)))
    }

    func keys() -> any KeyKeeping { PostgresKeys(PostgresAccess(postgres)) }

    func workers() throws(CommandFailure) -> Workers {
        let heartbeats = try reaching { () throws(AccessFailure) in try RedisWorkerReader(settings) }
        return Workers(workers: heartbeats, breakers: PostgresBreakerReader(PostgresAccess(postgres)))
    }

    func breakers() -> Breakers { Breakers(closing: PostgresBreakerReader(PostgresAccess(postgres))) }

    func auditLog() -> AuditLog { AuditLog(reader: PostgresAuditReader(PostgresAccess(postgres))) }

    func adoption() throws(CommandFailure) -> GroupAdoption {
        let group = settings[ConnectionSettings.consumerGroup]
        return try reaching { () throws(AccessFailure) in
            try GroupAdoption(PostgresAccess(postgres), kafka, group: group, topics: settings.topicNames)
        }
    }
}
