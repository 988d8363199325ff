import Kafka
import Platform
import Postgres
import Stores
import Workflow

/// What `admin` needs, which works without a gateway: settings at once, connections when they are asked for.
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

    func keys() -> any KeyKeeping { PostgresKeys(PostgresAccess(postgres)) }

    func adoption() throws(CommandFailure) -> GroupAdoption {
        let group = settings[ConnectionSettings.consumerGroup]
        return try reaching { () throws(AccessFailure) in
            try GroupAdoption(PostgresAccess(postgres), kafka, group: group, topics: settings.topicNames)
        }
    }
}
