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

        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path(of: program))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return CommandResult(
            status: process.terminationStatus, output: [UInt8](try Data(contentsOf: output)),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
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
