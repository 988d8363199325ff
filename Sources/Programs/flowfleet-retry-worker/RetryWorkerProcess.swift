import Kafka
import Platform
import Postgres
import Retries
import Stores
import Workflow

/// The process: one loop with its clients.
struct RetryWorkerProcess {
    private let process: ServiceProcess
    private let metrics: RetryWorkerMetrics
    /// Ends the loop's sleep when the process is to stop.
    private let sleepEnd = CancelFlag()
    private var settings: Settings { process.settings }

    init(_ settings: Settings, _ stop: StopSignal) {
        process = ServiceProcess(settings, stop, needs: ["kafka", "postgres"])
        metrics = RetryWorkerMetrics(process.registry)
    }

    func run() {
        var plan = ServiceProcess.Plan(
            port: RetryWorkerSettings.metricsPort, awaitedTopics: [settings.topicNames.taskQueue(pool: "default")])
        plan.isBoundToInstallation = true
        plan.beforeStop = { sleepEnd.cancel() }
        process.run(plan) { [StepLoop("retry-worker") { makeService() }] }
    }

    /// Everything is made on the thread that uses it.
    private func makeService() -> any StepService {
        let clock = SystemLaneClock()
        let store = PostgresRetryStore(settings: database, worker: process.workerID, clock: clock, stop: sleepEnd)
        let queues = KafkaRetryLog(
            settings.kafka(process.name, log: process.log), topics: settings.topicNames, worker: process.workerID,
            clock: clock)
        let worker = RetryWorker(
            store: store, log: queues, clock: clock,
            observer: RetryReporter(log: process.log, metrics: metrics, health: process.health),
            limits: RetryLimits(settings), policy: BreakerPolicy(settings))
        return RetryService(worker) {
            queues.close(withinMilliseconds: 2_000)
            store.close()
        }
    }

    /// A statement that hangs must not outlive the claims it is about by much.
    private var database: PostgresSettings {
        var database = settings.postgres(process.name)
        (database.lockTimeout, database.statementTimeout) = (.seconds(2), .seconds(10))
        database.replyTimeout = .seconds(12)
        return database
    }
}
