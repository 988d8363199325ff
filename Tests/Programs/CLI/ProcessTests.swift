import Foundation
import Testing

/// The built program as a process: its streams, its exit code, its end.
@Suite struct ProcessTests {
    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("flowfleet")

    func start(_ arguments: String...) throws -> (process: Process, output: FileHandle, errors: FileHandle) {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return (process, output.fileHandleForReading, errors.fileHandleForReading)
    }

    @Test func `the dev broker prints what to export and ends cleanly when told`() throws {
        let (process, output, _) = try start("dev-broker")
        let line = String(decoding: output.availableData, as: UTF8.self)
        process.terminate()
        process.waitUntilExit()
        #expect(line.hasPrefix("export ORCHESTRATOR_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:"))
        #expect(process.terminationStatus == 0)
    }

    @Test func `data, notes and exit code go where scripts expect them`() throws {
        let (process, output, errors) = try start("flow", "aply")
        let (data, notes) = (output.readDataToEndOfFile(), errors.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(data.isEmpty)
        #expect(String(decoding: notes, as: UTF8.self).contains("did you mean: flowfleet flow apply"))
        #expect(process.terminationStatus == 2)
    }

    @Test func `data that cannot be written is no success`() throws {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = ["help"]
        process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let notes = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 1 && notes.contains("No space left on device"), "\(notes)")
    }

    @Test func `nothing is coloured when a program reads it`() throws {
        let (process, output, _) = try start("help")
        let data = output.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(!data.contains(0x1B) && data.count > 500)
    }
}
