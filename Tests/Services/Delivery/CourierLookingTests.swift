import Testing
import Workflow

@testable import Delivery

/// What is looked at from time to time.
@Suite struct CourierLookingTests {
    @Test func `a sweep tells what ends soon, and files without a result go`() {
        let office = Office()
        (office.files.files["old"], office.files.files["young"]) = ([], [])
        office.files.old = ["old", "young"]
        office.store.keptRuns = ["young"]
        office.store.sweeps = [ResultSweep(warned: [("res_a", "soon")], removed: [("res_b", "old")])]
        office.steps(2)
        #expect(Array(office.files.files.keys) == ["young"])
        let told = office.observer.events.contains { event in
            if case .expiresSoon(let run, _) = event { run == "soon" } else { false }
        }
        #expect(told)
    }

    @Test func `a sweep goes on until nothing is left`() {
        let office = Office()
        office.store.sweeps = (0..<5).map { _ in ResultSweep(isFull: true) }
        let start = office.clock.monotonic
        for _ in 0..<30 where !office.store.sweeps.isEmpty { office.courier.step() }
        #expect(office.store.sweeps.isEmpty && office.clock.monotonic - start < 10_000_000)
    }

    @Test func `under load it is swept and counted all the same`() {
        let office = Office()
        office.sender.isSilent = true
        office.owe(1, #"[{"channel":"webhook","url":"https://hooks.test/in"}]"#)
        office.store.sweeps = [ResultSweep(isFull: true), ResultSweep(isFull: true)]
        for _ in 0..<10 {
            office.courier.step()
            office.clock.monotonic += 1_000_000
        }
        #expect(office.store.sweeps.isEmpty && office.store.backlogs == 2)
    }
}
