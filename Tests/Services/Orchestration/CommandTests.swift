import JSON
import Testing
import Workflow

@testable import Orchestration
@testable import Simulation

@Suite struct CommandTests {
    @Test func `a command that waited is obeyed as it was meant, with its type only in a header`() throws {
        let desk = Desk()
        desk.receive(.flowRuns, #"{"run_id":"r"}"#, type: "flow_run_pause_requested")
        desk.step(3)
        let row = try #require(desk.store.tables.pending.first)
        desk.request("r")
        desk.step(3)
        desk.tick(2)
        #expect(desk.status("r") == .paused)
        #expect(desk.store.tables.audits[row.requestID]?.isDone == true)
        #expect(desk.store.tables.pending.isEmpty)
    }

    @Test func `a command is forwarded whole, and twice as the same one`() throws {
        let store = TwinStore()
        let home = Desk(lanes: [0], store: store)
        home.request("r")
        home.step(3)
        let other = Desk(lanes: [1], store: store)
        other.receive(.flowRuns, #"{"run_id":"r"}"#, lane: 1, type: "flow_run_pause_requested")
        other.step(3)
        let message = try #require(other.log.sent.first { $0.topic == .flowRuns }?.value)
        let text = String(decoding: message, as: UTF8.self)
        for _ in 0..<2 { home.receive(.flowRuns, text) }
        home.step(3)
        #expect(home.status("r") == .paused)
        #expect(home.observer.ignored == ["repeatedCommand"])
    }

    @Test func `a thousand commands for runs nobody knows hold up no other`() {
        let desk = Desk()
        for number in 0..<1_000 { pause("nobody\(number)", request: "n\(number)", desk) }
        pause("r", request: "mine", desk)
        desk.step(5)
        desk.request("r")
        desk.step(3)
        desk.tick(2)
        #expect(desk.status("r") == .paused)
        #expect(desk.store.tables.pending.count == 1_000)
    }

    @Test func `a command queues behind those that wait for the same run`() {
        let desk = Desk()
        pause("r", request: "first", desk)
        desk.step(3)
        desk.request("r")
        resume("r", request: "second", desk)
        desk.step(3)
        #expect(desk.audit("second") == nil)
        desk.tick(3)
        #expect(desk.audit("first")?.isDone == true)
        #expect(desk.audit("second")?.isDone == true)
        #expect(desk.status("r") == .running)
    }

    @Test func `what an ended run refused does not come true once it lives again`() {
        let desk = Desk()
        desk.request("r")
        desk.step(3)
        desk.receive(.taskFailed, #"{"run_id":"r","task_id":"t","error":"validation"}"#)
        desk.step(3)
        send("flow_run_cancel_requested", "r", request: "late", desk)
        desk.step(3)
        #expect(desk.audit("late")?.detail == "the run has ended: failed")
        send("task_retry_requested", "r", request: "again", desk)
        desk.step(3)
        #expect(desk.status("r") == .running)
        send("flow_run_cancel_requested", "r", request: "late", desk)
        desk.step(3)
        #expect(desk.status("r") == .running)
        #expect(desk.observer.ignored == ["repeatedCommand"])
    }

    @Test func `a refused retry stays refused, also within the turn that refused it`() {
        let desk = Desk()
        desk.request("r")
        desk.step(3)
        desk.receive(.taskFailed, #"{"run_id":"r","task_id":"t","error":"validation"}"#)
        let early = #""run_id":"r","request_id":"early","after_attempt":1}"#
        for _ in 0..<2 { desk.receive(.flowRuns, #"{"event_type":"task_retry_requested",\#(early)"#) }
        desk.step(3)
        #expect(desk.observer.ignored == ["repeatedCommand"])
        send("task_retry_requested", "r", request: "first", desk)
        desk.step(3)
        desk.receive(.taskFailed, #"{"run_id":"r","task_id":"t","error":"validation","attempt":1}"#)
        desk.step(3)
        #expect(desk.status("r") == .failed)
        // Now its last attempt is 1, as the early command wanted.
        desk.receive(.flowRuns, #"{"event_type":"task_retry_requested",\#(early)"#)
        desk.step(3)
        #expect(desk.status("r") == .failed)
        #expect(desk.audit("early")?.isDone == false)
    }

    @Test func `a command that waited in vain is not obeyed when its run comes after all`() {
        let desk = Desk()
        pause("r", request: "p", desk)
        desk.step(3)
        desk.clock.monotonic += 3_700_000_000
        desk.store.now += 3_700_000_000
        desk.tick(2)
        #expect(desk.audit("p")?.detail == "no run of that id was asked for")
        desk.request("r")
        pause("r", request: "p", desk)
        desk.step(3)
        #expect(desk.status("r") == .running)
    }

    private func send(_ type: String, _ run: String, request: String, _ desk: Desk) {
        desk.receive(.flowRuns, #"{"event_type":"\#(type)","run_id":"\#(run)","request_id":"\#(request)"}"#)
    }

    private func pause(_ run: String, request: String, _ desk: Desk) {
        desk.receive(
            .flowRuns, #"{"event_type":"flow_run_pause_requested","run_id":"\#(run)","request_id":"\#(request)"}"#)
    }

    private func resume(_ run: String, request: String, _ desk: Desk) {
        desk.receive(
            .flowRuns, #"{"event_type":"flow_run_resume_requested","run_id":"\#(run)","request_id":"\#(request)"}"#)
    }
}
