import JSON
import Testing

@testable import Workflow

/// What becomes of results with something wrong in them: a run must never wait for an answer that was given.
@Suite struct ResultReadingTests {
    private func read(_ topic: InputTopic, _ fields: String) -> LaneInput {
        var reader = InputReader()
        let text = #"{"run_id":"r","task_id":"t"\#(fields.isEmpty ? "" : ",")\#(fields)}"#
        return reader.read(InputRecord(topic: topic, lane: 0, offset: 0, value: Array(text.utf8)[...]))
    }

    private func result(_ topic: InputTopic, _ fields: String) throws -> TaskResult {
        guard case .result(let result) = read(topic, fields) else { throw NotAResult() }
        return result
    }
    private struct NotAResult: Error {}

    private func failureIn(_ result: TaskResult) -> TaskFailure? {
        if case .failed(let failure) = result.outcome { failure } else { nil }
    }

    @Test(arguments: [
        #""started_at":1732200000"#, #""finished_at":{}"#, #""worker_id":7"#, #""execution_time_ms":"long""#,
        #""started_at":"yesterday""#, #""event_type":5"#, #""worker_id":["w"]"#, #""execution_time_ms":-5"#,
    ])
    func `a success with a bad decorative field is a success`(_ field: String) throws {
        let taken = try result(.taskDone, #""output":{"v":1},"attempt":2,"# + field)
        guard case .succeeded(let output) = taken.outcome else { throw NotAResult() }
        #expect(output.elementsEqual(#"{"v":1}"#.utf8))
        #expect(taken.attempt == 2)
    }

    @Test(arguments: [
        #""retry_after_ms":-1"#, #""retry_after_ms":"soon""#, #""retry_after_ms":1.5"#, #""error_class":9"#,
        #""error_class":"strange""#, #""error_type":503"#, #""worker_id":7"#, #""started_at":1732200000"#,
    ])
    func `a failure with a bad wish or decoration is that failure`(_ field: String) throws {
        let taken = try result(.taskFailed, #""error":"connection refused","attempt":1,"# + field)
        let failure = try #require(failureIn(taken))
        #expect(failure.error.elementsEqual("connection refused".utf8))
        #expect(failure.errorClass == nil)
        #expect(failure.retryAfter == nil)
        #expect(taken.attempt == 1)
    }

    @Test(arguments: [
        (InputTopic.taskDone, #""status":"fine""#, "status"), (.taskDone, #""status":1"#, "status"),
        (.taskDone, #""attempt":"0""#, "attempt"), (.taskDone, #""attempt":-1"#, "attempt"),
        (.taskFailed, #""error":"x","attempt":0.5"#, "attempt"), (.taskFailed, "", "error"),
    ])
    func `a bad field that decides is the attempt's permanent failure and names the field`(
        _ topic: InputTopic, _ fields: String, _ name: String
    ) throws {
        let failure = try #require(failureIn(try result(topic, fields)))
        #expect(failure.errorClass == .permanent)
        #expect(String(decoding: failure.error, as: UTF8.self).hasPrefix("bad result: \(name) "))
    }

    @Test func `word of a held task that cannot be read is set aside: its answer is still to come`() {
        for fields in [#""hold_ms":-1"#, #""hold_ms":1000,"attempt":"x""#] {
            guard case .unreadable = read(.taskDone, #""event_type":"task_held","# + fields) else {
                Issue.record("\(fields) was taken")
                continue
            }
        }
    }
}
