package import Foundation

/// A fleet of its own for one test: a fresh database, topics, groups and Redis keys on the running services, and as
/// many orchestrators and executors as the test starts, each a real process of the built products.
package final class Fleet {
    package let services: Services
    package let id: String
    package let folder: URL
    package let database: String
    package private(set) var processes: [FleetProcess] = []
    package var settings: [String: String]
    private var started = 0
    private var commandGateway: FleetProcess?

    package var topicPrefix: String { id + "." }
    package var orchestrators: [FleetProcess] { processes.filter { $0.name.hasPrefix("orchestrator") } }
    package var executors: [FleetProcess] { processes.filter { $0.name.hasPrefix("executor") } }

    /// Gives `body` a fleet and ends everything afterwards. When `body` throws, the ends of all logs are printed.
    package static func with(
        _ name: String, orchestrators: Int = 2, executors: Int = 2, retryWorkers: Int = 0,
        drainers: Int = 0, settings: [String: String] = [:], topics: Bool = true, _ body: (Fleet) throws -> Void
    ) throws {
        let fleet = try Fleet(name, settings: settings)
        do {
            try fleet.migrate()
            if topics { try fleet.createTopics() }
            for _ in 0..<orchestrators { try fleet.startOrchestrator() }
            for _ in 0..<executors { try fleet.startExecutor() }
            for _ in 0..<retryWorkers { try fleet.startRetryWorker() }
            for _ in 0..<drainers { try fleet.startDrainer() }
            try fleet.waitUntilSettled()
            try body(fleet)
            fleet.end()
        } catch {
            fleet.printLogs()
            fleet.end(keepingLogs: true)
            throw error
        }
    }

    private init(_ name: String, settings extra: [String: String]) throws {
        guard let services = Services.current else { throw CommandFailed(description: Services.absent) }
        self.services = services
        id = "\(name)-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
        let parent = services.folder.isEmpty ? NSTemporaryDirectory() : services.folder
        folder = URL(fileURLWithPath: parent).appendingPathComponent("fleets/\(id)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let address = services.postgres.split(separator: "/").dropLast().joined(separator: "/")
            .replacingOccurrences(of: "postgresql:/", with: "postgresql://")
        database = address + "/" + id
        settings = [
            "ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS": services.kafka, "ORCHESTRATOR_DATABASE_URL": database,
            "ORCHESTRATOR_REDIS_URL": services.redis, "ORCHESTRATOR_TOPIC_PREFIX": id + ".",
            "ORCHESTRATOR_REDIS_PREFIX": id + ":", "ORCHESTRATOR_KAFKA_CONSUMER_GROUP": id + "-orchestrators",
            "EXECUTOR_CONSUMER_GROUP": id + "-executors", "DRAINER_CONSUMER_GROUP": id + "-drainers",
            "ORCHESTRATOR_KAFKA_SESSION_TIMEOUT": "6",
            // The handler that fails on purpose is no reason to hold retries back.
            "RETRY_WORKER_BREAKER_OFF": "fail",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": NSTemporaryDirectory(),
        ].merging(extra) { $1 }
        try Command.succeed("psql", ["-Xqd", services.postgres, "-c", "create database \"\(id)\""])
    }

    // MARK: Processes

    /// Where `swift build` put the products: beside the test bundle that runs now.
    package static let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()

    /// Most commands ask the fleet's gateway: it is started for the first one that does.
    package func command(
        _ arguments: [String], input: Data? = nil, settings extra: [String: String] = [:]
    ) throws -> CommandResult {
        let isLocal = ["admin", "completion", "dev", "dev-broker", "help", "profile"].contains(arguments.first)
        if !isLocal, settings["FLOWFLEET_URL"] == nil, extra["FLOWFLEET_URL"] == nil {
            let gateway = try startGateway()
            (commandGateway, settings["FLOWFLEET_URL"]) = (gateway.process, gateway.url(""))
        }
        return try Command.run(
            Self.products.appendingPathComponent("flowfleet").path, arguments, input: input,
            environment: settings.merging(extra) { $1 })
    }

    package func command(_ arguments: String..., input: Data? = nil, settings extra: [String: String] = [:]) throws
        -> CommandResult
    {
        try command(arguments, input: input, settings: extra)
    }

    /// Ends the gateway that commands have asked so far: it would be measured as well.
    package func endCommandGateway() {
        guard let process = commandGateway else { return }
        (commandGateway, settings["FLOWFLEET_URL"]) = (nil, nil)
        process.terminate()
        forget(process)
    }

    package func migrate() throws { try expectSuccess(try command("admin", "migrate")) }
    package func createTopics() throws { try expectSuccess(try command("admin", "topics")) }

    private func expectSuccess(_ result: CommandResult) throws {
        guard result.status == 0 else {
            throw CommandFailed(description: "ended with \(result.status): \(result.errors)\(result.text)")
        }
    }

    @discardableResult
    package func startOrchestrator(settings extra: [String: String] = [:]) throws -> FleetProcess {
        try start("orchestrator", port: "ORCHESTRATOR_METRICS_PORT", settings: extra)
    }

    @discardableResult
    package func startExecutor(settings extra: [String: String] = [:]) throws -> FleetProcess {
        try start("executor", port: "EXECUTOR_METRICS_PORT", settings: extra)
    }

    @discardableResult
    package func startRetryWorker(settings extra: [String: String] = [:]) throws -> FleetProcess {
        try start("retry-worker", port: "RETRY_WORKER_METRICS_PORT", settings: extra)
    }

    @discardableResult
    package func startDrainer(settings extra: [String: String] = [:]) throws -> FleetProcess {
        try start("drainer", port: "DRAINER_METRICS_PORT", settings: extra)
    }

    @discardableResult
    package func startCourier(settings extra: [String: String] = [:]) throws -> FleetProcess {
        let own = ["COURIER_ALLOW_PRIVATE": "true", "COURIER_POLL_INTERVAL": "1"].merging(extra) { $1 }
        return try start("courier", port: "COURIER_METRICS_PORT", settings: own)
    }

    private func start(_ kind: String, port setting: String, settings extra: [String: String]) throws -> FleetProcess {
        let port = FreePort.next()
        let environment = settings.merging([setting: String(port)]) { $1 }.merging(extra) { $1 }
        return try start(
            kind, program: Self.products.appendingPathComponent("flowfleet-\(kind)").path, environment: environment,
            metricsPort: port)
    }

    /// Any other process that belongs to this fleet, with its settings.
    @discardableResult
    package func start(
        _ kind: String, program: String, arguments: [String] = [], environment: [String: String]? = nil,
        metricsPort: UInt16 = 0
    ) throws -> FleetProcess {
        started += 1
        let name = "\(kind)-\(started)"
        let process = try FleetProcess(
            name: name, program: program, arguments: arguments, environment: environment ?? settings,
            metricsPort: metricsPort, log: folder.appendingPathComponent("\(name).log"))
        processes.append(process)
        return process
    }

    /// Takes a process out of the fleet; it has ended or is about to.
    package func forget(_ process: FleetProcess) { processes.removeAll { $0 === process } }

    // MARK: The end

    private func end(keepingLogs: Bool = false) {
        for process in processes { process.cont() }
        for process in processes where process.isRunning { process.signal(15) }
        for process in processes { process.terminate(within: 10) }
        _ = try? Command.run(
            "psql", ["-Xqd", services.postgres, "-c", "drop database if exists \"\(id)\" with (force)"])
        if !keepingLogs { try? FileManager.default.removeItem(at: folder) }
    }

    private func printLogs() {
        let logs = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        for log in logs.sorted(by: { $0.path < $1.path }) where log.pathExtension == "log" {
            let text = (try? Data(contentsOf: log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            print("-- the end of \(log.path)\n" + text.suffix(3000))
        }
    }
}
