import Testing

@testable import Orchestration

@Suite struct HandlerPaceTests {
    @Test func `long runs are for tasks like hundreds that took no time, until one does`() {
        let desk = Desk()
        let quick = (0..<300).map { run in
            desk.play("r\(run)", milliseconds: 0)
            return desk.log.isQuick
        }
        desk.play("slow", milliseconds: 50)
        desk.request("after")
        desk.step(3)
        #expect(quick.prefix(100).allSatisfy { !$0 })
        #expect(quick.suffix(100).allSatisfy { $0 })
        #expect(!desk.log.isQuick)
    }

    @Test func `results that do not say how long they took tell nothing`() {
        let desk = Desk()
        for run in 0..<300 { desk.play("r\(run)", milliseconds: nil) }
        #expect(!desk.log.isQuick)
    }
}

extension Desk {
    /// A run of one task, from its request to its end; the last batch sent is its task.
    fileprivate func play(_ run: String, milliseconds: Int?) {
        request(run)
        step(2)
        done(run, milliseconds: milliseconds)
        step(2)
    }
}
