import JSON
import Testing
import Workflow

@testable import API

@Suite struct RequestDraftTests {
    private func text(_ message: [UInt8]) -> String { String(decoding: message, as: UTF8.self) }

    @Test func `a request carries what was given and nothing else`() throws {
        let request = RequestDraft(runID: "r", flowID: "f")
        #expect(request.problems.isEmpty)
        #expect(text(request.message) == #"{"event_type":"flow_run_requested","run_id":"r","flow_id":"f"}"#)
    }

    @Test func `payloads go through as they are`() throws {
        var request = RequestDraft(runID: "r", flowID: "f")
        request.input = Array(#"{"n": 1.50}"#.utf8)[...]
        request.labels = [("env", "dev")]
        request.timeoutSeconds = 90
        request.flowVersion = 3
        let expected =
            #"{"event_type":"flow_run_requested","run_id":"r","flow_id":"f","flow_version":3,"timeout":90,"#
            + #""labels":{"env":"dev"},"input":{"n": 1.50}}"#
        #expect(request.problems.isEmpty && text(request.message) == expected)
    }

    @Test func `everything that a lane would refuse is told before it is sent`() {
        var request = RequestDraft(runID: "", flowID: "no spaces")
        request.sessionID = "a\nb"
        request.userID = String(repeating: "x", count: 256)
        request.flowVersion = 0
        request.timeoutSeconds = 0
        request.input = Array("{".utf8)[...]
        request.context = Array(repeating: UInt8(ascii: " "), count: Limits.payloadBytes + 1)[...]
        let fields = request.problems.map { String($0.prefix { $0 != ":" }) }
        #expect(
            fields == [
                "run_id", "session_id", "user_id", "flow_id", "flow_version", "timeout", "input", "execution_context",
            ])
    }

    @Test(arguments: [#"{"a":"\u0000"}"#, #"{"a":"\ud800"}"#, #"{"a":1e999999}"#])
    func `an input that cannot be stored is refused`(input: String) {
        var request = RequestDraft(runID: "r", flowID: "f")
        request.input = Array(input.utf8)[...]
        #expect(request.problems.count == 1)
    }

    @Test func `a command carries its request id, reason and actor`() throws {
        let command = CommandDraft(.cancel, runID: "r", requestID: "q", reason: "\"why\"", actor: "me")
        let expected =
            #"{"event_type":"flow_run_cancel_requested","run_id":"r","request_id":"q","reason":"\"why\"","actor":"me"}"#
        #expect(text(command.message) == expected)
    }

    @Test func `a retry names its tasks and the attempt it is about`() throws {
        var retry = CommandDraft(.retry, runID: "r", requestID: "q")
        retry.tasks = ["a", "b"]
        retry.afterAttempt = 3
        let expected =
            #"{"event_type":"task_retry_requested","run_id":"r","request_id":"q","task_ids":["a","b"],"after_attempt":3}"#
        #expect(text(retry.message) == expected)
    }
}
