import Execution
import Glibc
import HTTP
import Kafka
import Platform
import Redis
import Stores
import Workflow

/// The process: one loop with its clients, and a port that tells how it is.
struct ExecutorProcess {
    let settings: Settings
    let stop: StopSignal
    let log: Log
    let registry = MetricsRegistry()
    let metrics: ExecutorMetrics
    let health: Health
    let workerID: String
    private let name = "flowfleet-executor"

    init(_ settings: Settings, _ stop: StopSignal) {
        self.settings = settings
        self.stop = stop
        workerID = ExecutorProcess.makeWorkerID()
        log = settings.makeLog(name).with([.workerID(workerID)])
        metrics = ExecutorMetrics(registry)
        _ = ProcessMetrics(registry)
        health = Health(name, needs: ["kafka"], uses: ["redis"])
    }

    func run() {
        let port = openPort()
        defer { _ = port?.stop() }
        let loop = StepLoop("executor") { makeService() }
        health.watch(loop.heartbeat)
        log.info("started")
        stop.wait()
        log.info("stopping", [.reason(stop.reason)])
        health.beginStop()
        loop.stop()
        let limit = settings[ExecutorSettings.shutdownGrace] + .seconds(12)
        if !loop.wait(within: limit) { log.warning("the loop did not end in time") }
        log.info("stopped")
    }

    private func openPort() -> HTTPServer? {
        guard settings[OrchestratorSettings.metricsEnabled] else { return nil }
        let number = settings[ExecutorSettings.metricsPort]
        do throws(HTTPServerError) {
            let server = try HTTPServer.monitoring(port: number, metrics: registry, health: health)
            log.info("metrics and health are served", [.address("localhost:\(server.port)")])
            return server
        } catch {
            log.error("port \(number) for metrics cannot be opened; set EXECUTOR_METRICS_PORT", [.error(error)])
            exit(ExitCode.badSettings.rawValue)
        }
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
                board: makeBoard(handlers), journal: log, metrics: metrics, witness: witness),
            registry: handlers, workerID: workerID, limits: limits)
        return ExecutorService(
            executor, metrics: metrics, health: health, journal: log,
            grace: settings[ExecutorSettings.shutdownGrace], lastError: { tasks.lastError })
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
        let threads = ElasticThreads("handler", limit: min(limits.slots, 512) + limits.abandoned)
        return TaskHandlerRunner(on: threads, wake: wake)
    }

    private func logSettings() -> KafkaTaskLog.Settings {
        var group = settings.kafkaGroup(settings[ConnectionSettings.executorGroup], member: 0)
        group.offsetReset = .earliest
        let names = settings.topicNames
        return KafkaTaskLog.Settings(
            connection: settings.kafka(name, log: log), group: group,
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
        RedisTaskSignals(redisAddress(), prefix: settings[ConnectionSettings.redisPrefix], health: health)
    }

    private func makeBoard(_ handlers: HandlerRegistry) -> any WorkerBoard {
        let identity = WorkerIdentity(
            workerID: workerID, host: ExecutorProcess.host, processID: Int(getpid()), version: Product.version,
            since: SystemTime().wall, handlers: handlers.names, pools: settings[ExecutorSettings.pools])
        return RedisWorkerBoard(redisAddress(), prefix: settings[ConnectionSettings.redisPrefix], identity: identity)
    }

    /// A Redis that is away only costs pictures; an address that says nothing is a mistake somebody has to hear of.
    private func redisAddress() -> RedisAddress {
        do throws(RedisError) {
            return try RedisAddress(settings[ConnectionSettings.redisURL])
        } catch {
            log.error("ORCHESTRATOR_REDIS_URL cannot be read", [.error(error)])
            exit(ExitCode.badSettings.rawValue)
        }
    }

    private static let host: String = {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    /// Host, process and a random word: unique among all that ever ran.
    private static func makeWorkerID() -> String {
        "\(host)-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
    }
}
