package import Foundation
import Glibc
import Synchronization

/// One process of the fleet under test: a real program, its output in a file, ended by pid.
package final class FleetProcess: @unchecked Sendable {
    package let name: String
    package let log: URL
    package let metricsPort: UInt16
    private let process = Process()

    package var pid: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }
    /// Put to sleep by SIGSTOP, whoever sent it.
    package var isStopped: Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return stat.split(separator: ")").last?.hasPrefix(" T") ?? false
    }

    /// The program's start; what it prints goes to `log`.
    package init(
        name: String, program: String, arguments: [String] = [], environment: [String: String], metricsPort: UInt16 = 0,
        log: URL
    ) throws {
        self.name = name
        self.log = log
        self.metricsPort = metricsPort
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try Self.withoutBlockedSignals { try process.run() }
        remember()
    }

    package func signal(_ signal: Int32) { Glibc.kill(pid, signal) }
    package func stop() { signal(SIGSTOP) }
    package func cont() { signal(SIGCONT) }

    /// As a power cut would end it; waits until the system has taken it away.
    package func kill() {
        guard isRunning else { return }
        signal(SIGKILL)
        process.waitUntilExit()
    }

    /// Asks it to end, waits, and gives its exit status; nil if it had to be killed after the deadline.
    @discardableResult
    package func terminate(within seconds: Double = 15) -> Int32? {
        if isRunning { signal(SIGTERM) }
        let ended = Waiting.until(seconds) { !self.isRunning }
        if !ended { kill() }
        return ended ? process.terminationStatus : nil
    }

    package var logText: String {
        (try? Data(contentsOf: log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// `GET` on the metrics port: the status and the body, or nil when nobody answers.
    package func get(_ path: String) -> (status: Int, body: String)? {
        let url = "http://127.0.0.1:\(metricsPort)\(path)"
        guard let answer = try? Command.run("curl", ["-sS", "-m", "2", "-w", "\n%{http_code}", url]), answer.status == 0
        else { return nil }
        let parts = answer.text.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(parts.last ?? "") ?? 0, parts.dropLast().joined(separator: "\n"))
    }

    /// A process begins with the signals blocked that its starter's thread blocks, and threads of a pool block them
    /// all.
    private static func withoutBlockedSignals(_ start: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try start()
    }

    /// Pids are noted beside the services, so that scripts/test ends them even when the test process itself dies.
    private func remember() {
        guard let folder = Services.current?.folder, !folder.isEmpty, let file = fopen(folder + "/processes", "a")
        else {
            return
        }
        fputs("\(pid)\n", file)
        fclose(file)
    }
}

/// Ports nobody listens on, below the range that outgoing connections use.
package enum FreePort {
    /// Given away, and perhaps not listened on yet: two processes that start together must not have the same.
    private static let given = Mutex<Set<UInt16>>([])

    package static func next() -> UInt16 {
        while true {
            let port = UInt16.random(in: 15_000...31_999)
            let isNew = given.withLock { given in
                if given.count > 10_000 { given.removeAll() }
                return given.insert(port).inserted
            }
            if isNew, canBind(port) { return port }
        }
    }

    package static func isTaken(_ port: UInt16) -> Bool { !canBind(port) }

    private static func canBind(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
