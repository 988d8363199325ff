import DeadLetters
import Glibc
import HTTP
import Kafka
import Orchestration
import Platform
import Postgres
import Redis
import Stores
import Workflow

/// The process: one loop a consumer, each with clients of its own, and a port that tells how they are.
struct OrchestratorProcess {
    let settings: Settings
    let stop: StopSignal
    let log: Log
    let registry = MetricsRegistry()
    let metrics: OrchestratorMetrics
    let health: Health
    private let name = "flowfleet-orchestrator"

    init(_ settings: Settings, _ stop: StopSignal) {
        self.settings = settings
        self.stop = stop
        log = settings.makeLog(name)
        metrics = OrchestratorMetrics(registry)
        _ = ProcessMetrics(registry)
        health = Health(name, needs: ["kafka", "postgres"], uses: ["redis"])
    }

    func run() {
        let port = openPort()
        defer { _ = port?.stop() }
        guard waitForServices() else { return log.info("stopped before its services were there") }
        let consumers = (0..<settings[OrchestratorSettings.consumers]).map { number in
            StepLoop("orchestrator-\(number)") { makeService(number) }
        }
        let loops = consumers + [StepLoop("census") { makeCensus() }]
        for loop in loops { health.watch(loop.heartbeat) }
        stop.wait()
        log.info("stopping", [.reason(stop.reason)])
        health.beginStop()
        for loop in loops { loop.stop() }
        for loop in loops where !loop.wait(within: .seconds(10)) { log.warning("a loop did not end in time") }
        log.info("stopped")
    }

    private func openPort() -> HTTPServer? {
        guard settings[OrchestratorSettings.metricsEnabled] else { return nil }
        let number = settings[OrchestratorSettings.metricsPort]
        do throws(HTTPServerError) {
            let server = try HTTPServer.monitoring(port: number, metrics: registry, health: health)
            log.info("metrics and health are served", [.address("localhost:\(server.port)")])
            return server
        } catch {
            end("port \(number) for metrics cannot be opened: \(error); set ORCHESTRATOR_METRICS_PORT")
        }
    }

    /// False when a stop was asked for first. What waiting cannot mend ends the process.
    private func waitForServices() -> Bool {
        let check = StartCheck(
            kafka: settings.kafka(name, log: log), postgres: settings.postgres(name), topics: settings.topicNames)
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

    private func makeService(_ number: Int) -> any StepService {
        let clock = SystemLaneClock()
        do {
            let lanes = try KafkaLaneLog(
                settings.kafka("\(name)-\(number)", log: log),
                group: settings.kafkaGroup(settings[ConnectionSettings.consumerGroup], member: number),
                firstOffsets: settings[OrchestratorSettings.autoOffsetReset] == .latest ? .latest : .earliest,
                topics: settings.topicNames, executorGroup: settings[ConnectionSettings.executorGroup], clock: clock)
            let store = PostgresLaneStore(
                settings: laneDatabase, registry: settings.registry(name), topics: settings.topicNames,
                clock: clock)
            let mirror = RedisRunMirror(
                try settings.redis(), prefix: settings[ConnectionSettings.redisPrefix],
                timeToLive: Int(settings[ConnectionSettings.redisKeyTTL].components.seconds), health: health,
                voice: number)
            let orchestrator = Orchestrator(
                log: lanes, store: store, mirror: mirror, clock: clock,
                observer: OrchestratorReporter(log: log, metrics: metrics, health: health, voice: number),
                settings: OrchestratorConfiguration(settings)
            ) {
                var random = SystemRandom()
                return random.hexadecimal(16)
            }
            return OrchestratorService(
                orchestrator, onFatal: { end($0) }, close: { lanes.close(withinMilliseconds: 3_000) })
        } catch {
            end("the clients cannot be made: \(error)")
        }
    }

    /// Counts the open dead letters: the drainer keeps them, and whoever watches the orchestrator wants to know.
    private func makeCensus() -> any StepService {
        let size = metrics.deadLetterQueueSize
        return LetterCensus(PostgresLetterStore(laneDatabase)) { size.set($0.count) }
    }

    /// A former owner that still holds a lane's row after two seconds is ended; a hanging server is left after twenty.
    private var laneDatabase: PostgresSettings {
        var database = settings.postgres(name)
        (database.lockTimeout, database.statementTimeout) = (.seconds(2), .seconds(18))
        database.replyTimeout = .seconds(20)
        return database
    }

    private func end(_ sentence: String) -> Never {
        log.error(sentence)
        exit(ExitCode.badSettings.rawValue)
    }
}
