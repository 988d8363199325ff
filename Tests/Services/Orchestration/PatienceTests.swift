import Testing
import Workflow

@testable import Orchestration
@testable import Simulation

/// Nothing that cannot be done now is tried again without a pause.
@Suite struct PatienceTests {
    @Test func `lanes that Kafka does not let us read are taken once, and asked about with pauses`() {
        let desk = Desk(lanes: [], isSteady: false)
        desk.log.refusesToAssign = true
        desk.log.signals.assigned = [0]
        desk.step()
        let before = desk.log.waits.count
        desk.step(50)
        let shortest = desk.log.waits[before...].min()
        #expect(desk.store.tables.checkpoints[0]?.takes == 1)
        #expect(shortest == 50_000)
        desk.log.refusesToAssign = false
        desk.step()
        desk.request("r")
        desk.step(4)
        #expect(desk.status("r") == .running)
        #expect(desk.store.tables.checkpoints[0]?.epoch == 1)
    }

    @Test func `half taken lanes that somebody else took are taken anew`() {
        let desk = Desk(lanes: [])
        desk.log.refusesToAssign = true
        desk.log.signals.assigned = [0]
        desk.step(2)
        desk.store.tables.checkpoints[0]?.owner = "somebody else"
        desk.log.refusesToAssign = false
        desk.step(2)
        desk.request("r")
        desk.step(5)
        #expect(desk.store.tables.checkpoints[0]?.epoch == 2)
        #expect(desk.status("r") == .running)
    }

    @Test func `a record that has to be waited for is waited for`() {
        let store = TwinStore()
        _ = Desk(store: store)
        store.tables.checkpoints[0]?.takes = 5
        store.tables.checkpoints[0]?.trying = Trying(topic: .taskDone, offset: 40, tries: 1)
        let desk = Desk(store: store, isSteady: false)
        desk.request("r")
        desk.step(2)
        let before = desk.log.waits.count
        desk.step(10)
        #expect(desk.log.waits[before...].min() == 50_000)
    }

    @Test func `silence is not taken for a Kafka that is back`() {
        let desk = Desk()
        for _ in 0..<3 {
            desk.log.signals.trouble = "all brokers are down"
            desk.step()
            desk.step(5)
        }
        #expect(desk.observer.aboutLog == ["trouble"])
        desk.log.signals.isAlive = true
        desk.step()
        #expect(desk.observer.aboutLog == ["trouble", "back"])
        desk.log.signals.trouble = "all brokers are down"
        desk.step()
        desk.clock.monotonic += 61_000_000
        desk.step()
        #expect(desk.observer.aboutLog == ["trouble", "back", "trouble", "back"])
    }
}
