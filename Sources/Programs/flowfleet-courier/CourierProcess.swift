import Delivery
import Platform
import Postgres
import Stores
import Workflow

/// The process: one loop with its clients.
struct CourierProcess {
    private let process: ServiceProcess
    private let metrics: CourierMetrics
    /// Ends the loop's sleep when the process is to stop.
    private let sleepEnd = CancelFlag()
    private var settings: Settings { process.settings }

    init(_ settings: Settings, _ stop: StopSignal) {
        process = ServiceProcess(settings, stop, needs: ["postgres"])
        metrics = CourierMetrics(process.registry)
    }

    func run() {
        var plan = ServiceProcess.Plan(port: CourierSettings.metricsPort, awaitedTopics: [])
        plan.needsKafka = false
        plan.beforeStop = { sleepEnd.cancel() }
        process.run(plan) { [StepLoop("courier") { makeService() }] }
    }

    /// Everything is made on the thread that uses it.
    private func makeService() -> any StepService {
        let clock = SystemLaneClock()
        let store = PostgresDeliveryStore(
            settings: database, courier: process.workerID, clock: clock, stop: sleepEnd,
            tokenKey: settings[CourierSettings.tokenKey])
        let limits = CourierLimits(settings)
        let sender = HTTPDeliverySender(
            allowsPrivateAddresses: settings[CourierSettings.allowPrivate], threads: settings[CourierSettings.sends],
            limit: .microseconds(limits.send))
        let secrets = SecretsFile(settings[CourierSettings.secretsFile], clock: clock, log: process.log)
        let courier = Courier(
            store: store, sender: sender,
            files: settings[CourierSettings.orphanDirectory].map { OrphanDirectory($0) },
            desk: ChannelDesk(settings, secrets),
            clock: clock,
            observer: CourierReporter(log: process.log, metrics: metrics, health: process.health), limits: limits,
            publicURL: settings[CourierSettings.publicURL])
        return CourierService(courier, grace: .microseconds(limits.grace)) {
            sender.close()
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
