import JSON
import Testing
import Workflow

@testable import Orchestration
@testable import Simulation

/// What a lane makes of requests for stage retries.
@Suite struct StageRetryTests {
    private func failedRun(_ desk: Desk, lane: Int32 = 0) {
        desk.flow("p", [("a", []), ("b", ["a"]), ("c", ["b"])], lane: lane)
        desk.step(2)
        desk.answer("p", "a", output: "1", lane: lane)
        desk.step(2)
        desk.answer("p", "b", error: "invalid", lane: lane)
        desk.step(3)
    }

    @Test func `the child reuses what succeeded, and runs the stage and what follows`() {
        let desk = Desk()
        failedRun(desk)
        #expect(desk.status("p") == .failed)
        desk.retry("p", from: "b", as: "k")
        desk.step(3)
        #expect(desk.dispatched("k") == ["b"])
        #expect(desk.store.tables.reused["k"] == ["a": "p"])
        let row = desk.store.tables.runs["k"]
        #expect(row?.lineage?.parentRunID == "p")
        #expect(row?.lineage?.rootRunID == "p")
        #expect(row?.state.liveKey == "p")
        desk.answer("k", "b", output: "2")
        desk.step(2)
        desk.answer("k", "c", output: "3")
        desk.step(3)
        #expect(desk.status("k") == .completed)
        #expect(desk.dispatched("k") == ["b", "c"])
        #expect(desk.store.tables.runs["k"]?.state.liveKey == nil)
        #expect(desk.audit("q-k")?.detail == "1 reused, 2 run again")
    }

    @Test func `a second retry is refused with the first one's id, and so is a redrive`() {
        let desk = Desk()
        failedRun(desk)
        desk.retry("p", from: "b", as: "k1")
        desk.retry("p", from: "b", as: "k2")
        desk.receive(.flowRuns, #"{"event_type":"task_retry_requested","run_id":"p","request_id":"redrive"}"#)
        desk.step(3)
        #expect(desk.status("k1") == .running)
        #expect(desk.status("k2") == nil)
        #expect(desk.audit("q-k2")?.detail == "another retry of the run is live: k1")
        #expect(desk.audit("q-k2")?.code == "live_retry")
        #expect(desk.audit("redrive")?.isDone == false)
        desk.retry("p", from: "b", as: "k3")
        desk.step(3)
        #expect(desk.audit("q-k3")?.detail == "another retry of the run is live: k1")
        #expect(desk.audit("q-k3")?.code == "live_retry")
    }

    @Test func `an id that is taken is refused with a word, and a request that comes again with none`() {
        let desk = Desk()
        failedRun(desk)
        desk.flow("other", [("a", [])])
        desk.step(3)
        desk.retry("p", from: "b", as: "other")
        desk.retry("p", from: "b", as: "p")
        desk.step(3)
        #expect(desk.audit("q-other")?.code == "run_exists" && desk.audit("q-p")?.code == "run_exists")
        #expect(desk.status("other") == .running && desk.status("p") == .failed)
        desk.retry("p", from: "b", as: "k")
        desk.step(3)
        desk.retry("p", from: "b", as: "k")
        desk.step(3)
        #expect(desk.audit("q-k")?.isDone == true)
        let next = Desk(store: desk.store)
        next.retry("p", from: "b", as: "k")
        next.step(3)
        #expect(next.audit("q-k")?.isDone == true && next.status("k") == .running)
    }

    @Test func `a redrive that is live refuses a stage retry`() {
        let desk = Desk()
        failedRun(desk)
        desk.receive(.flowRuns, #"{"event_type":"task_retry_requested","run_id":"p","request_id":"redrive"}"#)
        desk.step(3)
        desk.retry("p", from: "b", as: "k")
        desk.step(3)
        #expect(desk.audit("redrive")?.isDone == true)
        #expect(desk.audit("q-k")?.words == "run_not_ended: run p has not ended: running")
    }

    @Test func `one that stands in line comes when the first has ended`() {
        let desk = Desk()
        failedRun(desk)
        desk.retry("p", from: "b", as: "k1")
        desk.retry("p", from: "b", as: "k2", more: #","queue":true"#)
        desk.step(3)
        desk.tick(3)
        #expect(desk.status("k2") == nil && desk.audit("q-k2") == nil)
        desk.answer("k1", "b", error: "invalid")
        desk.step(3)
        desk.tick(2)
        #expect(desk.status("k2") == .running)
        #expect(desk.audit("q-k2")?.isDone == true)
        #expect(desk.store.tables.pending.isEmpty)
    }

    @Test func `a request that comes again changes nothing`() {
        let desk = Desk()
        failedRun(desk)
        desk.retry("p", from: "a", as: "k")
        desk.step(3)
        #expect(desk.audit("q-k")?.words.hasPrefix("stage_succeeded") == true)
        desk.retry("p", from: "b", as: "k")
        desk.step(3)
        #expect(desk.status("k") == nil)
    }

    @Test(arguments: [
        (#","run_id":"k","parent_run_id":"none","retry_from_stage":"b""#, "unknown_run: no run none is known"),
        (#","run_id":"k","parent_run_id":"p","retry_from_stage":"b","input_patch":5"#, "invalid_request: input_patch"),
        (#","run_id":"k","parent_run_id":"p","retry_from_stage":"b","plan_version":"old""#, "plan_outdated"),
        (#","run_id":"k","parent_run_id":"p","retry_from_stage":"b","version":"9""#, "invalid_request: version must"),
        (
            #","run_id":"k","parent_run_id":"p","retry_from_stage":"b","version":"latest""#,
            "definition_mismatch: flow f is not registered"
        ),
    ])
    func `what cannot be is refused in the audit log`(_ members: String, _ expected: String) {
        let desk = Desk()
        failedRun(desk)
        desk.receive(.flowRuns, #"{"event_type":"flow_run_requested","flow_id":"f"\#(members)}"#)
        desk.step(3)
        #expect(desk.status("k") == nil)
        #expect(desk.audit("k")?.words.hasPrefix(expected) == true, "\(desk.audit("k")?.detail ?? "no row")")
    }

    @Test func `a parent that changes before the commit is read again`() {
        let desk = Desk(lanes: [0, 1])
        failedRun(desk)
        desk.store.beforeCommit = { tables in
            tables.runs["p"]?.state.updatedAt += 1
            tables.runs["p"]?.state.control.endings += 1
        }
        desk.retry("p", from: "b", as: "k", lane: 1)
        desk.step(5)
        #expect(desk.status("k") == .running)
        #expect(desk.observer.refusals == ["the parent of a stage retry has changed"])
    }

    @Test func `what was reused is announced and buried by nobody again`() {
        let desk = Desk()
        desk.flow("p", [("a", []), ("b", []), ("c", ["b"])])
        desk.step(2)
        desk.answer("p", "a", error: "invalid")
        desk.answer("p", "b", error: "invalid")
        desk.step(3)
        let letters = desk.letters.count
        desk.retry("p", from: "b", as: "k")
        desk.step(3)
        #expect(desk.letters.count == letters)
        desk.answer("k", "b", output: "1")
        desk.step(2)
        desk.answer("k", "c", output: "1")
        desk.step(3)
        #expect(desk.status("k") == .failed)
        #expect(desk.letters.count == letters)
        #expect(desk.dispatched("k") == ["b", "c"])
    }
}

extension AuditRow {
    /// The code and the sentence.
    fileprivate var words: String { (code.map { $0 + ": " } ?? "") + (detail ?? "") }
}
