import Testing
import Workflow

@testable import API

/// What the trigger takes and what it refuses, before anything is looked up.
@Suite struct TriggerRequestTests {
    private func read(_ body: String) -> Result<TriggerRequest, ServiceFailure> {
        TriggerRequest.read(Array(body.utf8)[...])
    }

    private func problems(_ body: String) -> [String] {
        if case .failure(let failure) = read(body) { failure.details } else { [] }
    }

    private static let session = "123e4567-e89b-12d3-a456-426614174000"

    @Test func `a job with queries is read`() throws {
        let body =
            #"{"job_id":"j","selected_queries":["a","b"],"flow_id":"f","options":{"session_id":"\#(Self.session)"}}"#
        guard case .start(let job) = try read(body).get() else { return #expect(Bool(false)) }
        #expect(job == .init(jobID: "j", queries: ["a", "b"], flowID: "f", sessionID: Self.session))
    }

    @Test func `a retry of named tasks, of queries, or of all that failed is read`() throws {
        let options = #""options":{"retry":true,"session_id":"\#(Self.session)"}"#
        guard case .retry(let named, _) = try read("{\"tasks\":[\"r/t\",17],\(options)}").get(),
            case .retry(let queried, _) = try read("{\"job_id\":\"j\",\"selected_queries\":[\"a\"],\(options)}").get(),
            case .retry(let all, _) = try read("{\(options)}").get()
        else { return #expect(Bool(false)) }
        #expect(named.tasks == ["r/t", "17"] && named.queries == nil)
        #expect(queried.tasks == nil && queried.queries == ["a"])
        #expect(all.tasks == nil && all.queries == nil && all.sessionID == Self.session)
    }

    @Test(arguments: [
        ("[]", [": must be an object"]),
        ("{}", ["/job_id: is missing", "/selected_queries: must name at least one query"]),
        (#"{"job_id":5,"selected_queries":["a"]}"#, ["/job_id: must be a string"]),
        (#"{"job_id":"j","selected_queries":[]}"#, ["/selected_queries: must name at least one query"]),
        (#"{"job_id":"j","selected_queries":["a",{}]}"#, ["/selected_queries/1: must be a string"]),
        (
            #"{"job_id":"j","selected_queries":"a"}"#,
            ["/selected_queries: must be an array", "/selected_queries: must name at least one query"]
        ),
        (
            #"{"job_id":"j","selected_queries":["a"],"flow_id":"a b"}"#,
            ["/flow_id: has 1 to 255 of the characters A-Z a-z 0-9 . _ -"]
        ),
        (#"{"job_id":"j","selected_queries":["a"],"options":[]}"#, ["/options: must be an object"]),
        (
            #"{"options":{"retry":"yes"}}"#,
            ["/options/retry: must be true or false", "/selected_queries: must name at least one query"]
        ),
        (#"{"options":{"retry":true}}"#, ["/options/session_id: is missing"]),
        (#"{"options":{"retry":true,"session_id":"abc"}}"#, ["/options/session_id: is no UUID"]),
        (
            #"{"tasks":[],"options":{"retry":true,"session_id":"123e4567-e89b-12d3-a456-426614174000"}}"#,
            ["/tasks: names no task; leave it out for all that failed"]
        ),
        (#"{"job_id":"j","tasks":["r/t"],"selected_queries":["a"]}"#, ["/tasks: is for retries (options.retry)"]),
    ])
    func `what is wrong is told with its place`(_ body: String, _ expected: [String]) {
        #expect(problems(body) == expected)
    }

    @Test func `tasks are split at their last slash, and numbers are rows of failed tasks`() throws {
        let names = TaskNames(["a/b/t", "12"])
        let found = try names.resolved { ids throws(ServiceFailure) in
            Dictionary(uniqueKeysWithValues: ids.map { ($0, TaskName(runID: "r\($0)", taskID: "t")) })
        }
        #expect(found == [TaskName(runID: "a/b", taskID: "t"), TaskName(runID: "r12", taskID: "t")])
        #expect(throws: ServiceFailure.self) {
            try TaskNames(["nothing"]).resolved { _ throws(ServiceFailure) in [:] }
        }
        #expect(throws: ServiceFailure.self) {
            try TaskNames(["9"]).resolved { _ throws(ServiceFailure) in [:] }
        }
    }

    @Test func `what stands still is told in a sentence`() {
        var counts = SessionCounts()
        counts.byStatus = ["completed": 1, "paused": 2]
        #expect(SessionProgress(counts, typicalMilliseconds: nil).waiting == "every run that is left is paused")
        counts.byStatus = ["running": 2]
        var progress = SessionProgress(counts, typicalMilliseconds: nil)
        #expect(progress.waiting == nil)
        progress.held = [SessionHold(handler: "http", tasks: 1, reason: "20 of 20 failed")]
        #expect(progress.waiting == "1 task is held back by the circuit breaker of http: 20 of 20 failed")
    }

    @Test func `the expected end follows the pace, a typical run, or nothing`() {
        var counts = SessionCounts()
        (counts.startedAt, counts.now) = (100, 200)
        counts.byStatus = ["completed": 50, "running": 50]
        #expect(SessionProgress(counts, typicalMilliseconds: 9).expectedEnd == 300)
        counts.byStatus = ["running": 50]
        #expect(SessionProgress(counts, typicalMilliseconds: 9_000).expectedEnd == 209)
        #expect(SessionProgress(counts, typicalMilliseconds: nil).expectedEnd == nil)
        counts.byStatus = ["completed": 1, "paused": 2]
        #expect(SessionProgress(counts, typicalMilliseconds: nil).expectedEnd == nil)
        (counts.byStatus, counts.lastEndAt) = (["completed": 1, "failed": 2], 150)
        let ended = SessionProgress(counts, typicalMilliseconds: nil)
        #expect(ended.expectedEnd == 150 && ended.hasEnded && ended.done == 3)
    }
}
