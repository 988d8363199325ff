import Execution
import Glibc
import Kafka
import Platform
import Redis
import Stores
import Workflow

/// The process: one loop with its clients.
struct ExecutorProcess {
    private let process: ServiceProcess
    private let metrics: ExecutorMetrics
    /// Set when it ended because nothing could run in it any more.
    private let hasGivenUp = CancelFlag()
    private var settings: Settings { process.settings }

    init(_ settings: Settings, _ stop: StopSignal) {
        process = ServiceProcess(settings, stop, needs: ["kafka"], uses: ["redis", "partitions", "slots"])
        metrics = ExecutorMetrics(process.registry)
    }

    func run() {
        var plan = ServiceProcess.Plan(port: ExecutorSettings.metricsPort, awaitedTopics: nil)
        plan.grace = settings[ExecutorSettings.shutdownGrace] + .seconds(12)
        plan.isShown = false
        process.run(plan) { [StepLoop("executor") { makeService() }] }
        // A failure for whoever watches over it, although it ended in order.
        if hasGivenUp.isCancelled { exit(ExitCode.failed.rawValue) }
    }

    /// Everything is made on the thread that uses it.
    private func makeService() -> any StepService {
        let tasks = KafkaTaskLog(logSettings())
        let limits = makeLimits()
        let handlers = makeHandlers()
        let witness = settings[ExecutorSettings.testLedger].flatMap { TaskLedgerFile(path: $0) }
        let executor = Executor(
            Executor.Surroundings(
                log: tasks, runner: makeRunner(limits, wake: tasks.wake), signals: makeSignals(),
                board: process.board(handlers: handlers.names, pools: settings[ExecutorSettings.pools]),
                journal: process.log, metrics: metrics, witness: witness),
            registry: handlers, workerID: process.workerID, limits: limits)
        return ExecutorService(
            executor, metrics: metrics, health: process.health, journal: process.log,
            grace: settings[ExecutorSettings.shutdownGrace], lastError: { tasks.lastError },
            giveUp: { [hasGivenUp, process] why in
                hasGivenUp.cancel()
                process.stop.request(why)
            })
    }

    private func makeLimits() -> ExecutorLimits {
        var limits = ExecutorLimits()
        limits.slots = settings[ExecutorSettings.slots]
        limits.holdAfter = settings[ExecutorSettings.holdAfter].nanoseconds / 1_000
        limits.holdInterval = limits.holdAfter
        limits.holdTime = 2 * limits.holdAfter
        limits.cancelGrace = settings[ExecutorSettings.cancelGrace].nanoseconds / 1_000
        return limits
    }

    /// A thread for each slot and each handler that is borne although it does not end: so none waits for another.
    private func makeRunner(_ limits: ExecutorLimits, wake: @escaping @Sendable () -> Void) -> TaskHandlerRunner {
        let threads = ElasticThreads("handler", limit: min(limits.slots, limits.threads) + limits.abandoned)
        return TaskHandlerRunner(on: threads, wake: wake)
    }

    private func logSettings() -> KafkaTaskLog.Settings {
        var group = settings.kafkaGroup(settings[ConnectionSettings.executorGroup], member: 0)
        group.offsetReset = .earliest
        let names = settings.topicNames
        return KafkaTaskLog.Settings(
            connection: settings.kafka(process.name, log: process.log), group: group,
            tasks: settings[ExecutorSettings.pools].map { names.taskQueue(pool: $0) }, done: names.taskDone,
            failed: names.taskFailed, deadLetters: names.deadLetters)
    }

    private func makeHandlers() -> HandlerRegistry {
        let http = HTTPTaskCaller(
            allowsPrivateAddresses: settings[ExecutorSettings.httpPrivate] == .allow, largestBody: Limits.payloadBytes,
            threads: min(settings[ExecutorSettings.slots], 64))
        let isTesting = settings[ExecutorSettings.testHandlers]
        let patience = settings[ExecutorSettings.cancelGrace].nanoseconds / 4 * 3
        let programs = ExecHandler(
            runner: SystemProgramRunner(patience: .nanoseconds(patience)),
            allowed: settings[ExecutorSettings.execAllow])
        return .builtIn(http: http, programs: programs, testing: isTesting ? .init { _exit(137) } : nil)
    }

    private func makeSignals() -> any TaskSignals {
        RedisTaskSignals(
            process.redisAddress(), prefix: settings[ConnectionSettings.redisPrefix], health: process.health)
    }
}
