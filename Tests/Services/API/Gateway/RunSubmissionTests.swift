import JSON
import Testing
import Workflow

@testable import API

/// `POST /v1/runs`, from the body to the event.
@Suite struct RunSubmissionTests {
    private func read(_ body: String, _ caller: Caller = .anyone) throws(Problem) -> RunSubmission {
        try RunSubmission(Array(body.utf8)[...], madeID: "made", caller: caller, settings: FlowSettings())
    }

    private func findings(_ body: String, _ caller: Caller = .anyone) -> [String] {
        problem { () throws(Problem) in _ = try read(body, caller) }?.findings.map(\.pointer) ?? []
    }

    @Test func `everything known passes through as it was sent`() throws {
        let submission = try read(
            #"{"flow_id":"f","input":{"n":1.50},"delivery":[{"channel":"webhook"}],"labels":{"a":"b"},"timeout":2.5,"#
                + #""flow_version":3,"user_id":"ü","unknown":1,"session_id":null}"#)
        let message = String(decoding: submission.message, as: UTF8.self)
        #expect(
            message == #"{"event_type":"flow_run_requested","run_id":"made","flow_id":"f","tenant_id":"default","#
                + #""user_id":"ü","flow_version":3,"timeout":2.5,"labels":{"a":"b"},"#
                + #""delivery":[{"channel":"webhook"}],"input":{"n":1.50}}"#)
        #expect(submission.runID == "made" && !submission.isNamed)
    }

    @Test func `what is hardly meant so is taken with a warning`() throws {
        let body = #"{"flow_id":"f","inptu":1,"delivery":[{"channel":"inbox"},{"chanel":"webhook"}]}"#
        let expected = [
            "/inptu: is not known and ignored; did you mean input?",
            "/delivery/1: channel is missing: it is passed over",
        ]
        #expect(try read(body).warnings == expected)
        #expect(try read(#"{"flow_id":"f","input":1}"#).warnings == [])
    }

    @Test func `the lane reads what was written`() throws {
        let submission = try read(#"{"flow_id":"f","run_id":"mine","input":[1],"execution_context":{"a":1}}"#)
        var reader = InputReader()
        let record = InputRecord(topic: .flowRuns, lane: 0, offset: 0, value: submission.message[...])
        guard case .request(let request) = reader.read(record) else {
            Issue.record("not read as a request")
            return
        }
        #expect(request.problem == nil && request.runID == "mine" && submission.isNamed)
    }

    @Test func `every problem is told at once, each with its place`() {
        let found = findings(
            #"{"run_id":7,"flow_id":"a b","input":"\u0000","labels":[],"timeout":0,"flow_version":0,"parent_run_id":"x"}"#
        )
        let expected: Set = [
            "/run_id", "/flow_id", "/input", "/labels", "/timeout", "/flow_version", "/parent_run_id",
        ]
        #expect(Set(found) == expected)
    }

    @Test func `a definition is judged here`() {
        let found = findings(
            #"{"flow_id":"f","flow_definition":{"tasks":[{"task_id":"a","handler":"echo","depends_on":["b"]}]}}"#)
        #expect(found == ["/flow_definition/tasks/0/depends_on/0"])
    }

    @Test func `what is no object is no request`() {
        for body in ["", "[]", "7", "{", "nul"] {
            #expect(problem { () throws(Problem) in _ = try read(body) }?.code == "malformed_json")
        }
    }

    @Test func `a payload nests sixty-four deep and no deeper`() {
        let good = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(findings(#"{"flow_id":"f","input":\#(good)}"#) == [])
        #expect(findings(#"{"flow_id":"f","input":[\#(good)]}"#) == ["/input"])
    }

    @Test func `a key's tenant is the run's`() throws {
        let bound = Caller(name: "k", tenantID: "a", scopes: [.runsWrite])
        #expect(try read(#"{"flow_id":"f"}"#, bound).tenantID == "a")
        #expect(findings(#"{"flow_id":"f","tenant_id":"b"}"#, bound) == ["/tenant_id"])
    }
}
