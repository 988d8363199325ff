import JSON
import Testing
import Workflow

@testable import Orchestration
@testable import Simulation

/// Turns that Postgres ends the connection over, while it answers everything else.
@Suite struct BrokenCommitTests {
    /// Three runs are asked for, and everything that has to do with the second breaks the connection.
    private func desk(isUnknown: Bool = false) -> Desk {
        let desk = Desk()
        desk.store.breaksUnknown = isUnknown
        desk.store.breaks = { $0.newRuns.contains { $0.runID == "huge" && $0.state.status != .failed } }
        for run in ["one", "huge", "two"] { desk.request(run) }
        return desk
    }

    @Test(arguments: [false, true])
    func `a request that breaks every commit becomes a failed run, and the others go on`(isUnknown: Bool) {
        let desk = desk(isUnknown: isUnknown)
        desk.tick(40)
        #expect(desk.status("one") == .running && desk.status("two") == .running)
        #expect(desk.status("huge") == .failed)
        let error = desk.store.tables.runs["huge"]?.state.error.map { String(decoding: $0, as: UTF8.self) }
        #expect(error?.contains("a turn with nothing but it breaks the connection") == true)
    }

    @Test func `a command that breaks every commit is refused, with its row in the audit log`() {
        let desk = Desk()
        for run in ["r", "s"] { desk.request(run) }
        desk.step(3)
        desk.store.breaks = { $0.runStates.contains { $0.runID == "r" } }
        desk.receive(.flowRuns, #"{"event_type":"flow_run_cancel_requested","run_id":"r","request_id":"c"}"#)
        desk.done("s")
        desk.tick(20)
        #expect(desk.status("s") == .completed)
        #expect(desk.audit("c")?.isDone == false)
        #expect(desk.status("r") == .running)
    }

    @Test func `what breaks the connection as a refusal too is set aside`() {
        let desk = Desk()
        desk.store.breaks = { $0.newRuns.contains { $0.runID == "huge" } }
        for run in ["one", "huge", "two"] { desk.request(run) }
        desk.tick(40)
        #expect(desk.status("two") == .running && desk.status("huge") == nil)
        #expect(desk.log.sent.contains { $0.topic == .deadLetters })
    }

    @Test func `a server that takes no writes at all condemns nobody`() {
        let desk = Desk()
        (desk.store.breaks, desk.store.takesNoWrites) = ({ _ in true }, true)
        for run in ["one", "two"] { desk.request(run) }
        desk.tick(60)
        #expect(desk.store.tables.runs.isEmpty)
        (desk.store.breaks, desk.store.takesNoWrites) = ({ _ in false }, false)
        desk.tick(3)
        #expect(desk.status("one") == .running && desk.status("two") == .running)
    }

    @Test func `a server that is restarted now and then condemns nobody`() {
        let desk = Desk()
        var commits = 0
        desk.store.breaks = { _ in
            commits += 1
            return commits % 3 != 0
        }
        for number in 0..<20 { desk.request("r\(number)") }
        desk.tick(120)
        let running = desk.store.tables.runs.values.count { $0.state.status == .running }
        #expect(running == 20)
    }
}
