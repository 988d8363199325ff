import API
import HTTP
import Kafka
import Platform
import Postgres
import Stores
import Workflow

/// The process: a server, desks, and a loop for each thing that many requests share.
struct GatewayProcess {
    private let process: ServiceProcess
    private let gate: Gate
    private var settings: Settings { process.settings }

    init(_ settings: Settings, _ stop: StopSignal) {
        let process = ServiceProcess(settings, stop, needs: ["kafka", "postgres"])
        let listen = settings[GatewaySettings.listen]
        if settings[GatewaySettings.auth] == .none, !listen.isLoopback {
            process.end(
                "GATEWAY_AUTH=none lets everybody in, so GATEWAY_LISTEN must be a loopback address, not \(listen): "
                    + "set GATEWAY_AUTH=keys and make keys with `flowfleet admin keys create`")
        }
        var random = SystemRandom()
        let intake = RunIntake()
        let desk = DeskClients(process, intake)
        let registry = process.registry
        self.process = process
        gate = Gate(
            Gate.Policy(
                needsKeys: settings[GatewaySettings.auth] == .keys, flows: FlowSettings(settings),
                triggerFlow: settings[GatewaySettings.triggerFlow],
                discord: settings[GatewaySettings.discordKey].map { InteractionGuard(Ed25519Key($0)) }),
            instance: random.hexadecimal(6), intake: intake,
            desks: DeskPool(threads: settings[GatewaySettings.desks], queueLimit: 2_000) { desk.make() },
            streams: settings[GatewaySettings.streams], metrics: GatewayMetrics(registry), log: process.log)
    }

    func run() {
        var plan = ServiceProcess.Plan(port: GatewaySettings.metricsPort, awaitedTopics: [])
        plan.isBoundToInstallation = true
        let server = Monitor<HTTPServer?>(nil)
        plan.beforeStop = {
            gate.hub.closeAll()
            let open = server.withLock { $0 }
            open?.stop(within: .seconds(4))
        }
        process.run(plan) {
            let open = listen()
            server.withLock { $0 = open }
            return loops()
        }
        gate.desks.stop()
    }

    private func listen() -> HTTPServer {
        let point = settings[GatewaySettings.listen]
        var limits = HTTPServer.Limits()
        limits.threads = settings[GatewaySettings.threads]
        limits.connections = settings[GatewaySettings.connections]
        limits.connectionsPerAddress = settings[GatewaySettings.connectionsPerAddress]
        limits.receive = settings[GatewaySettings.requestTimeout]
        do throws(HTTPServerError) {
            let server = try HTTPServer(
                host: point.host, port: point.port, limits: limits, routes: gate.serverRoutes(RouteTable.all),
                problem: { [gate] in gate.problem($0, $1) })
            process.log.info("the API is served", [.address("\(point.host):\(server.port)")])
            return server
        } catch {
            process.end("\(point) cannot be opened: \(error); set GATEWAY_LISTEN")
        }
    }

    /// Everything is made on the thread that uses it.
    private func loops() -> [StepLoop] {
        let (gate, process) = (gate, process)
        let kafka = process.settings.kafka(process.name, log: process.log)
        let topics = process.settings.topicNames
        let database = DeskClients.hurried(process)
        return [
            StepLoop("intake") {
                IntakeService(
                    gate.intake,
                    .init(
                        log: KafkaStartLog(kafka, topics: topics, clock: SystemLaneClock()),
                        audit: PostgresAudit(PostgresAccess(database)), health: process.health))
            },
            StepLoop("looks") {
                LooksService(gate.looks, store: PostgresRunLooks(PostgresAccess(database)), health: process.health)
            },
            StepLoop("stream") {
                StreamService(
                    gate.hub, log: KafkaAnnouncements(kafka, topics: topics, clock: SystemLaneClock()),
                    looks: gate.looks, open: gate.metrics.streams, journal: process.log)
            },
            StepLoop("keys") {
                KeyKeeper(gate.keys, keys: PostgresKeys(PostgresAccess(database)), health: process.health)
            },
            StepLoop("session-retries") {
                SessionRetryService(
                    keeper: PostgresSessionRetries(PostgresAccess(DeskClients.patient(process))),
                    publisher: IntakePublisher(gate.intake), hub: gate.hub, log: process.log)
            },
            StepLoop("overdue") { gate.overdue(process.health) },
            StepLoop("sweep") {
                let access = PostgresAccess(DeskClients.patient(process))
                return SweepService(
                    answers: PostgresAnswers(access), sessions: PostgresSessions(access),
                    keepSeconds: process.settings[GatewaySettings.sessionKeep] * 86_400, log: process.log)
            },
        ] + retrievals()
    }

    /// Two, so that one command that Discord takes long over holds nobody else up.
    private func retrievals() -> [StepLoop] {
        guard gate.policy.discord != nil else { return [] }
        let (gate, process) = (gate, process)
        let calls = DiscordCalls()
        return (0..<2).map { number in
            StepLoop("discord-\(number)") {
                RetrievalService(
                    gate.retrievals,
                    .init(
                        results: PostgresResults(PostgresAccess(DeskClients.patient(process))),
                        send: { calls.send($0) }, clock: SystemTime(),
                        tenantID: process.settings[GatewaySettings.discordTenant],
                        base: process.settings[CourierSettings.discordURL],
                        publicURL: process.settings[CourierSettings.publicURL], log: process.log))
            }
        }
    }
}

/// What a desk is made of: connections of its own, opened when they are first needed.
struct DeskClients: Sendable {
    private let process: ServiceProcess
    private let intake: RunIntake

    init(_ process: ServiceProcess, _ intake: RunIntake) {
        self.process = process
        self.intake = intake
    }

    func make() -> Desk {
        let settings = process.settings
        let access = PostgresAccess(Self.patient(process))
        let flows = settings.registry(process.name).map { PostgresAccess($0) } ?? access
        let judging = FlowSettings(settings)
        let reader = RunReader(store: PostgresRunReader(access), settings: judging)
        let letters = PostgresLetterReader(access)
        let (registry, stages) = (PostgresRegistry(flows), PostgresStageReader(access))
        let publisher = IntakePublisher(intake)
        let workers = try? RedisWorkerReader(settings)
        return Desk(
            Desk.Stores(
                reader: reader, registry: FlowRegistry(store: registry, settings: judging),
                letters: Letters(reader: letters, keeper: letters),
                campaigns: Campaigns(keeper: PostgresCampaignKeeper(access)), audit: PostgresAudit(access),
                answers: PostgresAnswers(access), keys: PostgresKeys(access),
                stages: StageRetries(
                    store: stages, registry: registry, settings: judging,
                    depthLimit: settings[OrchestratorSettings.retryDepthLimit]),
                why: WhyReader(
                    reader: reader, executions: try? RedisExecutionReader(settings), workers: workers,
                    stages: stages),
                sessions: { PostgresSessions(access, tenantID: $0) },
                sessionRetries: PostgresSessionRetries(access),
                sessionLife: settings[GatewaySettings.sessionLife] * 86_400,
                publisher: publisher, pools: workers.map { PoolWatch(workers: $0) },
                deliveries: PostgresDeliveries(access), results: PostgresResults(access),
                operations: operations(access, workers)))
    }

    private func operations(_ access: PostgresAccess, _ workers: RedisWorkerReader?) -> Desk.Operations {
        let (settings, topics) = (process.settings, process.settings.topicNames)
        let breakers = PostgresBreakerReader(access)
        return Desk.Operations(
            workers: workers.map { Workers(workers: $0) }, breakers: Breakers(showing: breakers, closing: breakers),
            auditLog: AuditLog(reader: PostgresAuditReader(access)),
            lag: KafkaLagReader(
                settings.kafka(process.name, log: process.log),
                [
                    .init(
                        group: settings[ConnectionSettings.consumerGroup],
                        topics: [topics.flowRuns, topics.taskDone, topics.taskFailed]),
                    .init(
                        group: settings[ConnectionSettings.executorGroup],
                        topics: settings[ConnectionSettings.pools].map { topics.taskQueue(pool: $0) }),
                    .init(group: settings[DrainerSettings.consumerGroup], topics: [topics.deadLetters]),
                ]))
    }

    /// For lists, which may take a while.
    static func patient(_ process: ServiceProcess) -> PostgresSettings {
        var database = process.settings.postgres(process.name)
        (database.lockTimeout, database.statementTimeout) = (.seconds(2), .seconds(8))
        (database.connectTimeout, database.replyTimeout) = (.seconds(1), .seconds(9))
        return database
    }

    /// For what a request waits for in any case: whoever asks hears within two seconds that Postgres is away.
    static func hurried(_ process: ServiceProcess) -> PostgresSettings {
        var database = process.settings.postgres(process.name)
        (database.lockTimeout, database.statementTimeout) = (.milliseconds(1_000), .milliseconds(1_200))
        (database.connectTimeout, database.replyTimeout) = (.milliseconds(1_000), .milliseconds(1_500))
        return database
    }
}
