import Testing
import Workflow

@testable import Orchestration
@testable import Simulation

@Suite struct OutboxTests {
    /// One bad record a step, and never a moment without work on its way.
    @Test func `rows of what is out are removed under steady load, too`() {
        let desk = Desk()
        for _ in 0..<200 {
            desk.receive(.taskDone, "nonsense")
            desk.clock.monotonic += 100_000
            desk.step()
        }
        let checkpoint = desk.store.tables.checkpoints[0]
        #expect(desk.quarantined.count > 150)
        #expect(desk.store.tables.outbox.count < 30)
        #expect(checkpoint?.takes == 0)
    }

    @Test func `a new owner publishes only the rows of the batch that is not out`() {
        let desk = Desk()
        for _ in 0..<5 {
            desk.receive(.taskDone, "nonsense")
            desk.step(2)
        }
        let last = desk.quarantined.count
        #expect(last == 5)
        desk.log.arrives = .pending
        desk.receive(.taskDone, "nonsense")
        desk.step(2)
        let next = Desk(store: desk.store)
        #expect(next.quarantined.count == 1)
    }

    @Test func `a result too large to be forwarded is kept, and its run does not wait for it`() throws {
        let store = TwinStore()
        let home = Desk(lanes: [0], store: store)
        home.request("r")
        home.step(3)
        let other = Desk(lanes: [1], store: store)
        let filler = String(repeating: "x", count: 4_194_230)
        let start = #"{"run_id":"r","task_id":"t","attempt":0,"output":1,"z":""#
        other.receive(.taskDone, start + filler.dropFirst(start.utf8.count + 2) + #""}"#, lane: 1)
        other.step(3)
        #expect(other.quarantined == ["r"])
        let word = try #require(other.log.sent.first { $0.topic == .taskFailed }?.value)
        home.receive(.taskFailed, String(decoding: word, as: UTF8.self))
        home.step(3)
        #expect(home.status("r") == .failed)
        let error = store.tables.tasks["r"]?["t"]?.error ?? []
        #expect(String(decoding: error, as: UTF8.self).hasPrefix("too_large: "))
    }
}
