import Foundation
import Synchronization
import Testing

@testable import Redis

/// The Redis these tests run against; without one they are skipped, and say so.
enum TestRedis {
    static let url = ProcessInfo.processInfo.environment["FLOWFLEET_TEST_REDIS"]
    static var isThere: Bool { url != nil }
    static let reason: Comment = "FLOWFLEET_TEST_REDIS names no Redis"

    static func address() throws -> RedisAddress { try RedisAddress(#require(url)) }

    /// Keys of one test, so that tests may share a server.
    static func key() -> String { "test:\(UInt64.random(in: 0 ... .max))" }
}

/// A server of one test, to be stopped and started at will.
final class PrivateRedis {
    let port: Int
    private var process: Process?
    private let options: [String]

    static let program = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let reason: Comment = "redis-server is not installed here"

    init(_ options: [String] = []) throws {
        port = try Sockets.freePort()
        self.options = options
        try start()
    }

    deinit { stop() }

    func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(PrivateRedis.program))
        let fixed = ["--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        process.arguments = fixed + options
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        self.process = process
        for _ in 0..<5000 {
            if let socket = Sockets.connect(port) { return Sockets.close(socket) }
            usleep(1000)
        }
    }

    func stop() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }
}

/// A clock that tests move.
final class TestClock: Sendable {
    private let time = Mutex<Int64>(0)

    func now() -> Int64 { time.withLock { $0 } }
    func pass(_ duration: Duration) { time.withLock { $0 += duration.wholeNanoseconds } }
}

extension RedisBatch {
    static func of(_ commands: [String]...) -> RedisBatch {
        var batch = RedisBatch()
        for words in commands { batch.command(words) }
        return batch
    }
}

extension RedisAnswer {
    var error: RedisError? { if case .unavailable(let error) = self { error } else { nil } }
}
