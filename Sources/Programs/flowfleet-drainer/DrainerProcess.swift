import DeadLetters
import Glibc
import HTTP
import Kafka
import Platform
import Postgres
import Stores
import Workflow

/// The process: one loop that drains, one that leads campaigns, one that counts, and a port that tells how they are.
struct DrainerProcess {
    let settings: Settings
    let stop: StopSignal
    let log: Log
    let registry = MetricsRegistry()
    let metrics: DrainerMetrics
    let health: Health
    let workerID: String
    private let name = "flowfleet-drainer"

    init(_ settings: Settings, _ stop: StopSignal) {
        self.settings = settings
        self.stop = stop
        var random = SystemRandom()
        workerID = "drainer-\(getpid())-\(random.hexadecimal(8))"
        log = settings.makeLog(name).with([.workerID(workerID)])
        metrics = DrainerMetrics(registry)
        _ = ProcessMetrics(registry)
        health = Health(name, needs: ["kafka", "postgres"])
    }

    func run() {
        let port = openPort()
        defer { _ = port?.stop() }
        guard waitForServices() else { return log.info("stopped before its services were there") }
        let loops = [
            StepLoop("drainer") { makeDrainer() }, StepLoop("campaigns") { makeCampaigns() },
            StepLoop("census") { makeCensus() },
        ]
        for loop in loops { health.watch(loop.heartbeat) }
        log.info("started")
        stop.wait()
        log.info("stopping", [.reason(stop.reason)])
        health.beginStop()
        for loop in loops { loop.stop() }
        for loop in loops where !loop.wait(within: .seconds(8)) { log.warning("a loop did not end in time") }
        log.info("stopped")
    }

    private func openPort() -> HTTPServer? {
        guard settings[OrchestratorSettings.metricsEnabled] else { return nil }
        let number = settings[DrainerSettings.metricsPort]
        do throws(HTTPServerError) {
            let server = try HTTPServer.monitoring(port: number, metrics: registry, health: health)
            log.info("metrics and health are served", [.address("localhost:\(server.port)")])
            return server
        } catch {
            end("port \(number) for metrics cannot be opened: \(error); set DRAINER_METRICS_PORT")
        }
    }

    /// False when a stop was asked for first. What waiting cannot mend ends the process.
    private func waitForServices() -> Bool {
        let check = StartCheck(
            kafka: settings.kafka(name, log: log), postgres: settings.postgres(name), topics: settings.topicNames,
            needed: [settings.topicNames.deadLetters])
        while true {
            switch check.look() {
            case .ready: return true
            case .wrong(let sentence): end(sentence)
            case .waiting(let dependency, let sentence):
                health.down(dependency, sentence)
                log.limited(dependency, .warning, "waiting", [.dependency(dependency), .reason(sentence)])
            }
            if stop.wait(within: .milliseconds(500)) { return false }
        }
    }

    private func makeDrainer() -> any StepService {
        var group = settings.kafkaGroup(settings[DrainerSettings.consumerGroup], member: 0)
        group.offsetReset = .earliest
        let topic = settings.topicNames.deadLetters
        let letters = KafkaLetterLog(settings.kafka(name, log: log), group: group, topic: topic)
        return DrainerService(
            Drainer(
                .init(
                    log: letters, store: PostgresLetterStore(database), metrics: metrics, health: health, journal: log),
                topic: topic))
    }

    private func makeCampaigns() -> any StepService {
        let sender = KafkaRequestPublisher(settings.kafka(name + "-campaigns", log: log), topics: settings.topicNames)
        return CampaignService(
            CampaignRunner(
                .init(store: PostgresCampaignStore(database), sender: sender, metrics: metrics, journal: log),
                leader: workerID), journal: log)
    }

    private func makeCensus() -> any StepService {
        let metrics = metrics
        var known: Set<String> = []
        return LetterCensus(PostgresLetterStore(database), health: health) { metrics.show($0, known: &known) }
    }

    /// A server that hangs is left before the watchdog counts the loop as stuck.
    private var database: PostgresSettings {
        var database = settings.postgres(name)
        (database.lockTimeout, database.statementTimeout) = (.seconds(5), .seconds(15))
        database.replyTimeout = .seconds(18)
        return database
    }

    private func end(_ sentence: String) -> Never {
        log.error(sentence)
        exit(ExitCode.badSettings.rawValue)
    }
}
