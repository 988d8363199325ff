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
}
