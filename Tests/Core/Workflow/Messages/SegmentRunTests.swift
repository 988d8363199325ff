import JSON
import Testing

@testable import Workflow

/// The rest of a segment as an executor runs it.
@Suite struct SegmentRunTests {
    @Test func `inputs are built from the outputs before them`() throws {
        let inputs = #"{"v":"${tasks.a.output.v}","who":"${run.tenant_id}"}"#
        let run = try segment(then: #"{"task_id":"b","handler":"h","inputs":\#(inputs),"timeout":5}"#)
        let next = try #require(run.advance(with: value(#"{"v":[1]}"#)))
        #expect(text(next.inputs) == #"{"v":[1],"who":"t1"}"#)
        #expect(text(next.taskID) == "b")
        #expect(text(next.handler) == "h")
        #expect(next.timeoutSeconds == 5)
        #expect(next.attempt == 0)
        #expect(next.lane == 3)
        #expect(!next.isSegment)
        #expect(run.advance(with: value("1")) == nil)
    }

    @Test func `without a template they are the run's input and the output before`() throws {
        let run = try segment(
            then: #"{"task_id":"b","handler":"h"},{"task_id":"c","handler":"h"}"#, more: #","scope":{"input":{"n":1}}"#)
        let first = try #require(run.advance(with: value("1")))
        #expect(text(first.inputs) == #"{"input":{"n":1},"upstream":{"a":1}}"#)
        let second = try #require(run.advance(with: value("2")))
        #expect(text(second.inputs) == #"{"input":{"n":1},"upstream":{"b":2}}"#)
    }

    @Test func `outputs from before the segment come with the message`() throws {
        let run = try segment(
            then: #"{"task_id":"b","handler":"h","inputs":{"x":"${tasks.x.output.y}","c":"${context.k}"}}"#,
            more: #","scope":{"outputs":{"x":{"y":"z"}}},"execution_context":{"k":true}"#)
        let next = try #require(run.advance(with: value("1")))
        #expect(text(next.inputs) == #"{"x":"z","c":true}"#)
    }

    @Test(arguments: [
        #"{"task_id":"b","handler":"h","inputs":{"v":"${tasks.a.output.missing}"}}"#,
        #"{"task_id":"b","handler":"h","inputs":{"v":"${tasks.stranger.output}"}}"#,
        #"{"task_id":"b","inputs":{}}"#, "7",
    ])
    func `what cannot be built is left to the lane`(_ then: String) throws {
        let run = try segment(then: then)
        let next = run.advance(with: value("{}"))
        #expect(next == nil)
        #expect(run.step == 0)
    }

    @Test func `inputs that are too large or too deep are left to the lane`() throws {
        let then = #"{"task_id":"b","handler":"h","inputs":["${tasks.a.output}","${tasks.a.output}"]}"#
        let large = try segment(then: then).advance(with: value("\"" + String(repeating: "x", count: 500_000) + "\""))
        #expect(large == nil)
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        let nested = try segment(then: then).advance(with: value(deep))
        #expect(nested == nil)
    }

    @Test func `a plan serves all messages with the same rest`() throws {
        let then = #"{"task_id":"b","handler":"h"}"#
        let plan = SegmentPlan(try message(then))
        #expect(plan.fits(try message(then)))
        #expect(!plan.fits(try message(#"{"task_id":"c","handler":"h"}"#)))
        #expect(!plan.fits(try message(then, head: "z")))
    }

    private func segment(then: String, more: String = "") throws -> SegmentRun {
        let message = try message(then, more: more)
        return SegmentRun(message, SegmentPlan(message))
    }

    private func message(_ then: String, head: String = "a", more: String = "") throws -> TaskMessage {
        var reader = TaskMessageReader()
        let ids = #""run_id":"r1","task_id":"\#(head)","tenant_id":"t1","lane":3"#
        return try reader.read(Array(#"{\#(ids),"then":[\#(then)]\#(more)}"#.utf8)[...])
    }

    private func value(_ text: String) -> JSONValue { JSONValue(trusted: Array(text.utf8)[...]) }
    private func text(_ value: JSONValue) -> String { text(value.bytes) }
    private func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }
}
