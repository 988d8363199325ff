import Glibc
import HTTP
import Platform

/// A whole fleet on this machine, for one command: started, watched, and ended with it.
struct DevFleet {
    private let call: Invocation
    private let folder: String
    private let stop: StopSignal
    private var environment: [String: String]
    private(set) var processes: [DevProcess] = []
    private(set) var url = ""
    private let http = HTTPClient()

    init(_ call: Invocation, folder: String, settings: [String: String], stop: StopSignal) {
        (self.call, self.folder, self.stop) = (call, folder, stop)
        environment = ["ORCHESTRATOR_LOG_FORMAT": "text"].merging(call.environment) { $1 }.merging(settings) { $1 }
    }

    /// Tables and topics, as `admin` makes them.
    func prepare() throws(CommandFailure) {
        for words in [["admin", "migrate"], ["admin", "topics"]] {
            let quiet = Console(data: { _ in }, notes: call.console.notes)
            let code = Shell(commands: CommandTable.all, console: quiet).run(words, environment: environment)
            guard code == .ok else { throw CommandFailure(code, words.joined(separator: " ") + " failed") }
        }
    }

    mutating func start() throws(CommandFailure) {
        let orchestrators = try call.values.number("orchestrators", atLeast: 1) ?? 1
        let executors = try call.values.number("executors") ?? 1
        let listen = listenPoint
        url = "http://" + listen
        environment["GATEWAY_LISTEN"] = listen
        for number in 0..<orchestrators { add("orchestrator", number, of: orchestrators) }
        for number in 0..<executors { add("executor", number, of: executors) }
        for program in ["retry-worker", "drainer", "gateway", "courier"] where Self.isThere(program) {
            add(program, 0, of: 1)
        }
    }

    private static func isThere(_ program: String) -> Bool {
        access(OwnFiles.folder + "/flowfleet-" + program, X_OK) == 0
    }

    /// What `--listen` or the setting says; else the usual port, or a free one while somebody has that.
    private var listenPoint: String {
        let named = call.values.text("listen") ?? call.environment["GATEWAY_LISTEN"] ?? ""
        return named.isEmpty ? "127.0.0.1:\(FreePorts.isFree(8080) ? 8080 : FreePorts.next())" : named
    }

    private mutating func add(_ kind: String, _ number: Int, of count: Int) {
        let name = count > 1 ? "\(kind)-\(number + 1)" : kind
        let setting = kind.uppercased().replacing("-", with: "_") + "_METRICS_PORT"
        let port = FreePorts.next()
        let log = LogFile(folder + "/" + name + ".log")
        let (console, isQuiet) = (call.console, call.values.isSet("quiet"))
        processes.append(
            DevProcess(
                name, program: "flowfleet-" + kind,
                environment: environment.merging([setting: String(port)]) { $1 }, metricsPort: port
            ) { line in
                log.write(line)
                if !isQuiet { console.note(name.padded(to: 14) + " | " + line) }
            })
    }

    /// Waits until each of them says that it is well.
    func waitUntilHealthy() throws(CommandFailure) {
        let clock = Stopwatch()
        for process in processes {
            while !isHealthy(process), !stop.isRequested {
                if let outcome = process.outcome { throw CommandFailure(.failed, "\(process.name) \(outcome)") }
                guard clock.elapsed() < .seconds(60) else {
                    throw CommandFailure(.failed, "\(process.name) is not well after 60 s: \(process.address)/health")
                }
                _ = stop.wait(within: .milliseconds(100))
            }
        }
    }

    private func isHealthy(_ process: DevProcess) -> Bool {
        let request = HTTPClient.Request("GET", process.address + "/health", limit: .seconds(1))
        return (try? http.call(request))?.status == 200
    }

    /// Until somebody asks to stop: says of each process once that it has ended. False when all have.
    func watch() -> Bool {
        var told: Set<String> = []
        while !stop.wait(within: .milliseconds(300)) {
            for process in processes where !told.contains(process.name) {
                guard let outcome = process.outcome else { continue }
                told.insert(process.name)
                call.console.note("\(process.name) \(outcome); the others go on")
            }
            if told.count == processes.count { return false }
        }
        return true
    }

    func end() {
        for process in processes { process.end() }
        for process in processes { process.wait() }
    }
}
