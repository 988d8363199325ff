import JSON
import Testing

@testable import Workflow

/// Nothing a stranger sends makes what is kept or rendered grow beyond its limit.
@Suite struct BoundsTests {
    @Test func `inputs stop being rendered once they are too large`() throws {
        let input = String(repeating: "x", count: 800_000)
        let templates = Array(repeating: #""${input}""#, count: 5_000).joined(separator: ",")
        var run = try Dialogue(
            #"{"tasks":[{"task_id":"a","handler":"echo","inputs":[\#(templates)]}]}"#, input: "\"\(input)\"")
        let began = ContinuousClock.now
        #expect(run.settle() == [])
        let took = ContinuousClock.now - began
        let error = run.error ?? ""
        #expect(run.machine.status == .failed)
        #expect(error.contains("too_large"))
        #expect(took < .seconds(5), "4 GB were rendered: \(took)")
    }

    @Test func `a fan-out of more than memory should hold fails with what to do`() throws {
        let tasks = (0..<400).map { #"{"task_id":"t\#($0)","handler":"echo"}"# }.joined(separator: ",")
        let input = "\"" + String(repeating: "x", count: 890_000) + "\""
        var run = try Dialogue(#"{"tasks":[\#(tasks)]}"#, input: input)
        let dispatched = run.settle()
        #expect(dispatched.count > 295 && dispatched.count < 310)
        #expect(run.lastWork.writer.bytes.count < Limits.releasedBytes + 16 * 1024 * 1024)
        let refused = run.lastDecision.tasks.first { $0.status == .failed }
        let error = String(decoding: refused?.error ?? [], as: UTF8.self)
        #expect(error.contains("became ready at once"))
    }

    @Test func `the letter of a record fits a message, whatever its key`() {
        let key = Array(repeating: UInt8(1), count: 700_000)
        let value = Array(repeating: UInt8(2), count: Limits.messageBytes)
        let letter = QuarantineLetter.write(
            kind: "record", reason: .undecodable, sentence: String(repeating: "\u{1}", count: 100_000),
            original: OriginalRecord(topic: "flow_runs", partition: 0, offset: 0, key: key[...], value: value[...]),
            at: 0)
        #expect(letter.count < Limits.messageBytes)
    }

    @Test func `an input with a million problems is told the first twenty`() throws {
        let members = (0..<200_000).map { #""k\#($0)":1"# }.joined(separator: ",")
        let schema = try JSONValue(validating: Array(#"{"additionalProperties":false}"#.utf8)[...])
        let value = try JSONValue(validating: Array("{\(members)}".utf8)[...])
        var check = InputSchema()
        check.check(value, schema, at: "input")
        #expect(check.problems.count == 20)
    }
}
