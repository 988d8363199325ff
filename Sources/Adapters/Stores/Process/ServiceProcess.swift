internal import Glibc
internal import HTTP
public import Platform
internal import Workflow

/// What every process of the fleet is beside its loops: a log, metrics and health behind a port, a name on the board of
/// workers, and an end in order.
public struct ServiceProcess: Sendable {
    public let name: String
    public let settings: Settings
    /// Unique among all that ever ran: host, process and a random word.
    public let workerID: String
    public let log: Log
    public let registry = MetricsRegistry()
    public let health: Health
    public let stop: StopSignal
    let since = SystemTime().wall

    /// - `needs`, `uses`: names of services, as ``Health`` takes them.
    public init(_ settings: Settings, _ stop: StopSignal, needs: [String], uses: [String] = []) {
        self.settings = settings
        self.stop = stop
        name = settings.program
        workerID = "\(Self.host)-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
        log = settings.makeLog(name).with([.workerID(workerID)])
        health = Health(name, needs: needs, uses: uses)
        _ = ProcessMetrics(registry)
    }

    /// What differs from one kind of process to another.
    public struct Plan {
        public var port: Setting<Int>
        /// Topics beside those of the lanes that its loops need; nil: they wait for everything by themselves.
        public var awaitedTopics: [String]?
        /// Whether it has anything to do with Kafka.
        public var needsKafka = true
        /// Whether it refuses a database that this Kafka does not belong to. Orchestrators look at each of their lanes.
        public var isBoundToInstallation = false
        /// How long its loops may take to end.
        public var grace = Duration.seconds(10)
        /// Done once the stop was asked for, before the loops are told.
        public var beforeStop: () -> Void = {}
        /// Whether a loop of its own shows it on the board; an executor does that itself, with what it is doing.
        public var isShown = true

        public init(port: Setting<Int>, awaitedTopics: [String]?) {
            self.port = port
            self.awaitedTopics = awaitedTopics
        }
    }

    /// From the open port to the end of the last loop.
    public func run(_ plan: Plan, loops make: () -> [StepLoop]) {
        let port = openPort(plan.port)
        defer { _ = port?.stop() }
        guard waitForServices(plan) else { return log.info("stopped before its services were there") }
        let loops = make()
        for loop in loops { health.watch(loop.heartbeat) }
        let board = plan.isShown ? StepLoop("board") { WorkerPresence(redisAddress(), prefix, identity()) } : nil
        log.info("started")
        stop.wait()
        log.info("stopping", [.reason(stop.reason)])
        health.beginStop()
        plan.beforeStop()
        board?.stop()
        for loop in loops { loop.stop() }
        for loop in loops where !loop.wait(within: plan.grace) {
            log.warning("the loop \(loop.name) did not end in time")
        }
        _ = board?.wait(within: .seconds(1))
        log.info("stopped")
    }

    private func openPort(_ setting: Setting<Int>) -> HTTPServer? {
        guard settings[OrchestratorSettings.metricsEnabled] else { return nil }
        let host = settings[OrchestratorSettings.metricsAddress]
        do throws(HTTPServerError) {
            let server = try HTTPServer.monitoring(
                host: host, port: settings[setting], metrics: registry, health: health)
            log.info("metrics and health are served", [.address("\(host):\(server.port)")])
            return server
        } catch {
            end(
                "port \(settings[setting]) for metrics cannot be opened: \(error); set \(setting.name) or "
                    + OrchestratorSettings.metricsAddress.name)
        }
    }

    /// False when a stop was asked for first. What waiting cannot mend ends the process.
    private func waitForServices(_ plan: Plan) -> Bool {
        guard let topics = plan.awaitedTopics else { return true }
        let check = StartCheck(
            kafka: plan.needsKafka ? settings.kafka(name, log: log) : nil, postgres: settings.postgres(name),
            topics: settings.topicNames,
            needed: topics,
            lanesGroup: plan.isBoundToInstallation ? settings[ConnectionSettings.consumerGroup] : nil,
            warn: { log.limited("schema", every: .seconds(60), .warning, $0) })
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

    /// Ends the process because of its settings, or of what is behind them.
    public func end(_ sentence: String) -> Never {
        log.error(sentence)
        exit(ExitCode.badSettings.rawValue)
    }
}
