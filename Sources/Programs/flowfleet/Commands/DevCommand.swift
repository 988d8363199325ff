import Glibc
import Platform
import Processes

extension Command {
    static let dev = Command(
        "dev", "start the services and a whole fleet here, and end them with this command",
        discussion: """
            Kafka, Postgres and Redis are those that the three settings name; those that are not on this machine only
            with --yes, because tables and topics are made there. Without them, in a source tree,
            scripts/services starts them in a folder; elsewhere what answers at the usual places is taken, and where no
            Kafka does, a small one in memory. Then the tables, the topics, and one process of each program, with the
            gateway. Prints where everything is, shows the logs with the names of their processes before them, and ends
            all of it at Ctrl-C or SIGTERM. Only where this command itself is killed (SIGKILL) are they left running.
            """,
        flags: [
            Flag("dir", "PATH", "where data and logs are kept (default a folder that is removed at the end)"),
            Flag("orchestrators", "N", "how many orchestrators (default 1)"),
            Flag("executors", "N", "how many executors (default 1)"),
            Flag("listen", "ADDRESS", "where the gateway listens (default 127.0.0.1:8080, or a free port)"),
            Flag("yes", nil, "use services that are not on this machine without asking"),
            Flag("quiet", nil, "show no logs: they are in the folder all the same"),
        ], columns: [.dev],
        examples: ["flowfleet dev", "flowfleet dev --dir ~/fleet --executors 2 --quiet"]
    ) { call throws(CommandFailure) in
        let printer = try call.printer(.dev)
        // Before any thread is made: all of them must leave the signals to the one that waits for them.
        let stop = StopSignal.fromSignals(isPatient: true)
        try DevNames(call.environment).check(call)
        let folder = try DevFolder(call.values.text("dir"))
        defer { folder.remove() }
        var services = DevServices(call, folder: folder.path)
        defer { services.stop() }
        let say: @Sendable ([UInt8]) -> Void = { call.console.notes($0) }
        call.console.note("starting in \(folder.path)")
        try services.start(say)
        var fleet = DevFleet(call, folder: folder.path, settings: services.settings, stop: stop)
        try fleet.prepare()
        try fleet.start()
        defer { fleet.end() }
        try fleet.waitUntilHealthy()
        if stop.isRequested { return .ok }
        try folder.write(fleet.url, services.settings)
        printer.one(OutputRecord(fleet, services, call, folder))
        call.console.note("Ctrl-C ends everything")
        let wasAsked = fleet.watch()
        call.console.note(wasAsked ? "ending everything" : "all processes have ended")
        return wasAsked ? .ok : .failed
    }
}

extension OutputRecord {
    fileprivate init(_ fleet: DevFleet, _ services: DevServices, _ call: Invocation, _ folder: DevFolder) {
        self.init()
        let places = [
            ("kafka", "ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS"), ("postgres", "ORCHESTRATOR_DATABASE_URL"),
            ("redis", "ORCHESTRATOR_REDIS_URL"),
        ]
        add("api", .text(fleet.url))
        for (name, setting) in places {
            add(name, Value((services.settings[setting] ?? call.environment[setting]).map(Self.bare)))
        }
        add("settings", .text(". \(folder.path)/env"))
        for process in fleet.processes {
            add(process.name, .text("\(process.address)/metrics (pid \(process.pid ?? 0); also /health)"))
        }
    }

    /// An address without user and password: what is printed here ends in logs.
    static func bare(_ address: String) -> String {
        guard let scheme = address.firstRange(of: "://"), let at = address.lastIndex(of: "@"), at >= scheme.upperBound
        else { return address }
        return String(address[..<scheme.upperBound] + address[address.index(after: at)...])
    }
}

/// Where a fleet keeps its data: a folder that was named, or one of its own.
struct DevFolder {
    let path: String
    private let isOwn: Bool

    init(_ named: String?) throws(CommandFailure) {
        isOwn = named == nil
        if let named {
            mkdir(named, 0o755)
            guard let real = realpath(named, nil) else {
                throw CommandFailure(.failed, "\(named) cannot be used: \(String(cString: strerror(errno)))")
            }
            defer { free(real) }
            path = String(cString: real)
            try Self.claim(path)
            return
        }
        var name = Array("/tmp/flowfleet-dev.XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw CommandFailure(.failed, "no folder can be made in /tmp") }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Two fleets in one folder would share services, and the first to end would take them from the other. Held as long
    /// as this process lives.
    private static func claim(_ path: String) throws(CommandFailure) {
        let lock = open(path + "/dev.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw CommandFailure(.failed, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandFailure(
                .conflict, "a fleet runs in \(path) already",
                advice: ". \(path)/env to use it; another --dir for a second one")
        }
    }

    /// Where everything is, for who sources it: whole, however often a fleet was started here. It may hold a
    /// password, so it is its owner's.
    func write(_ url: String, _ services: [String: String]) throws(CommandFailure) {
        let file = path + "/env"
        let text = Self.environment(Settings.readFile(file) ?? "", url, services)
        unlink(file)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure(.failed, "\(file) cannot be written") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }

    /// - `known`: what stands there; lines of ours are made anew.
    static func environment(_ known: String, _ url: String, _ services: [String: String]) -> String {
        let ours = services.merging(["FLOWFLEET_URL": url]) { $1 }
        let kept = known.split(separator: "\n").filter { line in
            !line.hasPrefix("export PATH=") && !ours.keys.contains { line.hasPrefix("export \($0)=") }
        }
        let own = ours.sorted { $0.key < $1.key }.map { "export \($0.key)='\($0.value.replacing("'", with: "'\\''"))'" }
        return (kept.map(String.init) + own + ["export PATH=\(OwnFiles.folder):$PATH"]).joined(separator: "\n") + "\n"
    }

    func remove() {
        guard isOwn else { return }
        _ = try? ChildProcess.run(ChildProcess.Command("/bin/rm", ["-rf", path]))
    }
}
