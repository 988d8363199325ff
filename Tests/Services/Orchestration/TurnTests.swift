import JSON
import Testing
import Workflow

@testable import Orchestration
@testable import Simulation

/// What an orchestrator does with bad luck in its turns.
@Suite struct TurnTests {
    @Test func `a turn may bring more definitions than the cache keeps`() {
        let desk = Desk()
        for number in 0..<1_000 { desk.request("old\(number)", note: "\(number)") }
        desk.step(3)
        for number in 0..<10 { desk.request("new\(number)", note: "new \(number)") }
        desk.step(3)
        let next = Desk(store: desk.store)
        for number in 0..<1_000 { next.done(number < 990 ? "old\(number)" : "new\(number - 990)") }
        next.step(3)
        let completed = desk.store.tables.runs.values.count { $0.state.status == .completed }
        #expect(completed == 1_000)
        #expect(next.observer.ignored == [])
    }

    @Test func `registered flows resolved in a turn are still there when its last record is decided`() {
        let desk = Desk()
        for number in 0..<600 {
            let text = Array(#"{"tasks":[{"task_id":"t\#(number)","handler":"echo"}]}"#.utf8)[...]
            desk.store.tables.definitions["hash\(number)"] = text
            let id = Identifier(Array("flow\(number)".utf8))
            desk.store.tables.versions[FlowVersionKey(flowID: id, version: nil)] = FlowVersionRow(
                version: 1, sha256: "hash\(number)")
        }
        for number in 0..<600 { desk.request("inline\(number)", note: "\(number)") }
        desk.step(3)
        for number in 0..<400 { desk.request("more\(number)", note: "more \(number)") }
        for number in 0..<600 {
            desk.receive(
                .flowRuns,
                #"{"event_type":"flow_run_requested","run_id":"named\#(number)","flow_id":"flow\#(number)"}"#)
        }
        desk.step(4)
        let failed = desk.store.tables.runs.values.filter { $0.state.status == .failed }.map { "\($0.runID)" }
        #expect(failed == [])
        #expect(desk.store.tables.runs.count == 1_600)
    }

    @Test func `results of a run whose flow is gone are kept as dead letters, loudly`() {
        let desk = Desk()
        desk.request("r")
        desk.step(3)
        desk.store.tables.definitions = [:]
        let next = Desk(store: desk.store)
        next.done("r")
        next.step(3)
        #expect(next.quarantined == ["r"])
        #expect(next.observer.setAside > 0)
        next.receive(
            .flowRuns, #"{"event_type":"flow_run_cancel_requested","run_id":"r","request_id":"c"}"#)
        next.step(3)
        #expect(next.audit("c")?.isDone == false)
        next.request("r")
        next.step(4)
        #expect(next.observer.ignored == ["duplicateRequest"])
    }

    @Test func `a run that the database does not give back keeps no other from going on`() {
        let desk = Desk()
        for number in 0..<9 { desk.request("r\(number)") }
        desk.step(3)
        desk.store.unreadable = ["r4"]
        let next = Desk(store: desk.store)
        for number in 0..<9 { next.done("r\(number)") }
        next.step(3)
        let open = desk.store.tables.runs.values.filter { !$0.state.status.isFinal }.map { "\($0.runID)" }
        #expect(open == ["r4"])
        #expect(next.quarantined == ["r4"])
    }

    @Test func `what is due is refused without the record beside it`() {
        let desk = Desk()
        desk.request("late")
        desk.step(3)
        desk.store.tables.runs["late"]?.state.nextCheckAt = 1
        desk.store.objection = { $0.runStates.contains { $0.runID == "late" } ? "it does not like late" : nil }
        desk.request("new")
        desk.tick(2)
        #expect(desk.status("new") == .running)
    }
}
