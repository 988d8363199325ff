package import Foundation
import Synchronization

/// What a program said and how it ended.
package struct CommandResult: Sendable {
    package let status: Int32
    package let output: [UInt8]
    package let errors: String

    package var text: String { String(decoding: output, as: UTF8.self) }
    package var lines: [String] { text.split(separator: "\n").map(String.init) }
}

/// A program that was expected to succeed and did not.
package struct CommandFailed: Error, CustomStringConvertible {
    package let description: String
}

/// Programs run to their end: psql, kcat, redis-cli, our own command line.
package enum Command {
    /// Runs it and waits. Input and both outputs pass through files, so that no pipe can fill up.
    package static func run(
        _ program: String, _ arguments: [String], input: Data? = nil, environment: [String: String] = [:]
    ) throws -> CommandResult {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("flowfleet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = folder.appendingPathComponent("output")
        let errors = folder.appendingPathComponent("errors")
        let source = folder.appendingPathComponent("input")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        try (input ?? Data()).write(to: source)

        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        let status = try end(of: [try path(of: program)] + arguments, all, [source.path, output.path, errors.path])
        return CommandResult(
            status: status, output: [UInt8](try Data(contentsOf: output)),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    /// Spawned and waited for by ourselves: Foundation's `waitUntilExit` now and then misses the end of a program that
    /// ended at once, and waits until something else wakes it.
    private static func end(of words: [String], _ environment: [String], _ files: [String]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, file) in files.enumerated() {
            let mode = descriptor == 0 ? O_RDONLY : O_WRONLY
            posix_spawn_file_actions_addopen(&actions, Int32(descriptor), file, mode, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments = words.map { strdup($0) } + [nil]
        let settings = environment.map { strdup($0) } + [nil]
        defer { for text in arguments + settings { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, arguments, settings)
        guard code == 0 else { throw CommandFailed(description: "\(words[0]) could not be started: error \(code)") }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : status & 0x7F
    }

    /// The same, and anything but success is an error that carries what the program said.
    @discardableResult
    package static func succeed(
        _ program: String, _ arguments: [String], input: Data? = nil, environment: [String: String] = [:]
    ) throws -> CommandResult {
        let result = try run(program, arguments, input: input, environment: environment)
        guard result.status == 0 else {
            throw CommandFailed(
                description: "\(program) \(arguments.joined(separator: " ").prefix(400)) ended with \(result.status): "
                    + result.errors.suffix(2000) + result.text.suffix(1000))
        }
        return result
    }

    package static func isInstalled(_ program: String) -> Bool { (try? path(of: program)) != nil }

    private static func path(of program: String) throws -> String {
        if program.contains("/") { return program }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        for folder in folders {
            let candidate = "\(folder)/\(program)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw CommandFailed(description: "\(program) is not installed; run scripts/setup")
    }
}
