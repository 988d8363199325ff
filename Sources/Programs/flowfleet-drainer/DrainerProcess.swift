import DeadLetters
import Kafka
import Platform
import Postgres
import Stores
import Workflow

/// The process: one loop that drains, one that leads campaigns, one that counts.
struct DrainerProcess {
    private let process: ServiceProcess
    private let metrics: DrainerMetrics
    private var settings: Settings { process.settings }

    init(_ settings: Settings, _ stop: StopSignal) {
        process = ServiceProcess(settings, stop, needs: ["kafka", "postgres"])
        metrics = DrainerMetrics(process.registry)
    }

    func run() {
        var plan = ServiceProcess.Plan(
            port: DrainerSettings.metricsPort, awaitedTopics: [settings.topicNames.deadLetters])
        plan.isBoundToInstallation = true
        process.run(plan) {
            [
                StepLoop("drainer") { makeDrainer() }, StepLoop("campaigns") { makeCampaigns() },
                StepLoop("census") { makeCensus() },
            ]
        }
    }

    private func makeDrainer() -> any StepService {
        var group = settings.kafkaGroup(settings[DrainerSettings.consumerGroup], member: 0)
        group.offsetReset = .earliest
        let topic = settings.topicNames.deadLetters
        let letters = KafkaLetterLog(settings.kafka(process.name, log: process.log), group: group, topic: topic)
        return DrainerService(
            Drainer(
                .init(
                    log: letters, store: PostgresLetterStore(database), metrics: metrics, health: process.health,
                    journal: process.log), topic: topic))
    }

    private func makeCampaigns() -> any StepService {
        let sender = KafkaRequestPublisher(
            settings.kafka(process.name + "-campaigns", log: process.log), topics: settings.topicNames)
        return CampaignService(
            CampaignRunner(
                .init(store: PostgresCampaignStore(database), sender: sender, metrics: metrics, journal: process.log),
                leader: process.workerID), health: process.health, journal: process.log)
    }

    private func makeCensus() -> any StepService {
        let metrics = metrics
        var known: Set<String> = []
        return LetterCensus(PostgresLetterStore(database)) { metrics.show($0, known: &known) }
    }

    /// A server that hangs is left before the watchdog counts the loop as stuck.
    private var database: PostgresSettings {
        var database = settings.postgres(process.name)
        (database.lockTimeout, database.statementTimeout) = (.seconds(5), .seconds(15))
        database.replyTimeout = .seconds(18)
        return database
    }
}
