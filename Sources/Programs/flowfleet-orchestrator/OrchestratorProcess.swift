import DeadLetters
import Kafka
import Orchestration
import Platform
import Postgres
import Redis
import Stores
import Workflow

/// The process: one loop a consumer, each with clients of its own.
struct OrchestratorProcess {
    private let process: ServiceProcess
    private let metrics: OrchestratorMetrics
    private var settings: Settings { process.settings }
    private var name: String { process.name }

    init(_ settings: Settings, _ stop: StopSignal) {
        process = ServiceProcess(settings, stop, needs: ["kafka", "postgres"], uses: ["redis"])
        metrics = OrchestratorMetrics(process.registry)
    }

    func run() {
        process.run(.init(port: OrchestratorSettings.metricsPort, awaitedTopics: written)) {
            let consumers = (0..<settings[OrchestratorSettings.consumers]).map { number in
                StepLoop("orchestrator-\(number)") { makeService(number) }
            }
            return consumers + [StepLoop("census") { makeCensus() }, StepLoop("pools") { makePoolCensus() }]
        }
    }

    /// What its lanes write to: one of them missing would hold all of them up at its first message.
    private var written: [String] {
        let names = settings.topicNames
        let pools = settings[ConnectionSettings.pools].map { names.taskQueue(pool: $0) }
        let events = settings[OrchestratorSettings.runEvents] == .off ? [] : [names.runEvents]
        return pools + [names.deadLetters] + events
    }

    private func makeService(_ number: Int) -> any StepService {
        let clock = SystemLaneClock()
        do {
            let lanes = try KafkaLaneLog(
                settings.kafka("\(name)-\(number)", log: process.log),
                group: settings.kafkaGroup(settings[ConnectionSettings.consumerGroup], member: number),
                firstOffsets: settings[OrchestratorSettings.autoOffsetReset] == .latest ? .latest : .earliest,
                topics: settings.topicNames, executorGroup: settings[ConnectionSettings.executorGroup], clock: clock)
            let store = PostgresLaneStore(
                settings: laneDatabase, registry: settings.registry(name), topics: settings.topicNames,
                clock: clock, tokenKey: settings[CourierSettings.tokenKey])
            let mirror = RedisRunMirror(
                try settings.redis(), prefix: settings[ConnectionSettings.redisPrefix],
                timeToLive: Int(settings[ConnectionSettings.redisKeyTTL].components.seconds), health: process.health,
                voice: number)
            let reporter = OrchestratorReporter(
                log: process.log, metrics: metrics, health: process.health, voice: number)
            let orchestrator = Orchestrator(
                log: lanes, store: store, mirror: mirror, clock: clock, observer: reporter,
                settings: OrchestratorConfiguration(settings)
            ) {
                var random = SystemRandom()
                return random.hexadecimal(16)
            }
            return OrchestratorService(
                orchestrator, onFatal: { process.end($0) }, close: { lanes.close(withinMilliseconds: 3_000) })
        } catch {
            process.end("the clients cannot be made: \(error)")
        }
    }

    /// Counts the open dead letters: the drainer keeps them, and whoever watches the orchestrator wants to know.
    private func makeCensus() -> any StepService {
        let size = metrics.deadLetterQueueSize
        return LetterCensus(PostgresLetterStore(laneDatabase)) { size.set($0.count) }
    }

    private func makePoolCensus() -> any StepService {
        PoolCensus(
            settings.kafka(name + "-pools", log: process.log), group: settings[ConnectionSettings.executorGroup],
            topics: settings.topicNames, pools: settings[ConnectionSettings.pools], metrics: metrics,
            journal: process.log)
    }

    /// A former owner that still holds a lane's row after two seconds is ended; a hanging server is left after twenty.
    private var laneDatabase: PostgresSettings {
        var database = settings.postgres(name)
        (database.lockTimeout, database.statementTimeout) = (.seconds(2), .seconds(18))
        database.replyTimeout = .seconds(20)
        return database
    }
}
