import Glibc
import HTTP
import Kafka
import Platform
import Postgres
import Retries
import Stores
import Workflow

/// The process: one loop with its clients, and a port that tells how it is.
struct RetryWorkerProcess {
    let settings: Settings
    let stop: StopSignal
    let log: Log
    let registry = MetricsRegistry()
    let metrics: RetryWorkerMetrics
    let health: Health
    let workerID: String
    private let name = "flowfleet-retry-worker"
    /// Ends the loop's sleep when the process is to stop.
    private let sleepEnd = CancelFlag()

    init(_ settings: Settings, _ stop: StopSignal) {
        self.settings = settings
        self.stop = stop
        var random = SystemRandom()
        workerID = "retry-worker-\(getpid())-\(random.hexadecimal(8))"
        log = settings.makeLog(name).with([.workerID(workerID)])
        metrics = RetryWorkerMetrics(registry)
        _ = ProcessMetrics(registry)
        health = Health(name, needs: ["kafka", "postgres"])
    }

    func run() {
        let port = openPort()
        defer { _ = port?.stop() }
        guard waitForServices() else { return log.info("stopped before its services were there") }
        let loop = StepLoop("retry-worker") { makeService() }
        health.watch(loop.heartbeat)
        log.info("started")
        stop.wait()
        log.info("stopping", [.reason(stop.reason)])
        health.beginStop()
        sleepEnd.cancel()
        loop.stop()
        if !loop.wait(within: .seconds(10)) { log.warning("the loop did not end in time") }
        log.info("stopped")
    }

    private func openPort() -> HTTPServer? {
        guard settings[OrchestratorSettings.metricsEnabled] else { return nil }
        let number = settings[RetryWorkerSettings.metricsPort]
        do throws(HTTPServerError) {
            let server = try HTTPServer.monitoring(port: number, metrics: registry, health: health)
            log.info("metrics and health are served", [.address("localhost:\(server.port)")])
            return server
        } catch {
            end("port \(number) for metrics cannot be opened: \(error); set RETRY_WORKER_METRICS_PORT")
        }
    }

    /// False when a stop was asked for first. What waiting cannot mend ends the process.
    private func waitForServices() -> Bool {
        let check = StartCheck(
            kafka: settings.kafka(name, log: log), postgres: settings.postgres(name), topics: settings.topicNames,
            needed: [settings.topicNames.taskQueue(pool: "default")])
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

    /// Everything is made on the thread that uses it.
    private func makeService() -> any StepService {
        let clock = SystemLaneClock()
        let store = PostgresRetryStore(settings: database, worker: workerID, clock: clock, stop: sleepEnd)
        let queues = KafkaRetryLog(
            settings.kafka(name, log: log), topics: settings.topicNames, worker: workerID, clock: clock)
        let worker = RetryWorker(
            store: store, log: queues, clock: clock,
            observer: RetryReporter(log: log, metrics: metrics, health: health), limits: RetryLimits(settings),
            policy: BreakerPolicy(settings))
        return RetryService(worker) {
            queues.close(withinMilliseconds: 2_000)
            store.close()
        }
    }

    /// A statement that hangs must not outlive the claims it is about by much.
    private var database: PostgresSettings {
        var database = settings.postgres(name)
        (database.lockTimeout, database.statementTimeout) = (.seconds(2), .seconds(10))
        database.replyTimeout = .seconds(12)
        return database
    }

    private func end(_ sentence: String) -> Never {
        log.error(sentence)
        exit(ExitCode.badSettings.rawValue)
    }
}
