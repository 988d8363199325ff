import Testing
import Workflow

@testable import Execution

@Suite struct HoldingTests {
    @Test func `after its time the lane is told that a task takes long, and again and again`() {
        let bench = Bench()
        bench.log.append(task("a", "slow", more: #","lane":3"#))
        bench.log.assign(0)
        bench.steps(2)
        bench.clock.pass(milliseconds: 29_999)
        bench.steps(1)
        #expect(bench.holds.isEmpty)
        bench.clock.pass(milliseconds: 1)
        bench.steps(2)
        #expect(bench.holds == ["a 60000"])
        #expect(bench.log.published.map(\.lane) == [3])
        for _ in 0..<2 {
            bench.clock.pass(milliseconds: 30_000)
            bench.steps(2)
        }
        #expect(bench.holds == ["a 60000", "a 60000", "a 60000"])
        #expect(bench.executor.heldCount == 1)
    }

    @Test func `a held task's offset is finished, so the others are committed past it`() {
        let bench = Bench()
        bench.log.append(task("long", "slow"))
        bench.log.append(task("b"))
        bench.log.assign(0)
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 0)
        bench.clock.pass(milliseconds: 30_000)
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 2)
        bench.runner.end(0)
        bench.settle()
        #expect(bench.answered.last == "long")
        #expect(bench.log.stored[0]?.offset == 2)
    }

    @Test func `before word of holding is in the log the offset is not finished`() {
        let bench = Bench()
        bench.log.append(task("long", "slow"))
        bench.log.assign(0)
        bench.steps(2)
        bench.log.holdsReports = true
        bench.clock.pass(milliseconds: 30_000)
        bench.settle()
        #expect(bench.holds == ["long 60000"])
        #expect(bench.log.stored[0]?.offset == 0)
        // While it is on its way nobody is told again.
        bench.clock.pass(milliseconds: 60_000)
        bench.settle()
        #expect(bench.holds == ["long 60000"])
        bench.log.deliver()
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a task that ends while word of holding is on its way is finished by its result`() {
        let bench = Bench()
        bench.log.append(task("long", "slow"))
        bench.log.assign(0)
        bench.steps(2)
        bench.log.holdsReports = true
        bench.clock.pass(milliseconds: 30_000)
        bench.steps(1)
        bench.runner.end(0)
        bench.steps(1)
        bench.log.deliver(.undelivered)
        bench.steps(1)
        bench.clock.pass(milliseconds: 100)
        bench.steps(1)
        // The result goes again, the outdated word does not.
        #expect(bench.answered == ["long", "long", "long"])
        #expect(bench.holds.count == 1)
        bench.log.deliver()
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a waiting handler is held like any other and ends in its time`() {
        let bench = Bench()
        bench.log.append(task("nap", "sleep", inputs: #"{"ms":45000}"#))
        bench.log.assign(0)
        bench.steps(2)
        bench.clock.pass(milliseconds: 30_000)
        bench.steps(2)
        #expect(bench.holds == ["nap 60000"])
        bench.clock.pass(milliseconds: 15_000)
        bench.steps(2)
        #expect(bench.executor.counts.succeeded == 1)
        #expect(bench.executor.runningCount == 0)
    }

    @Test func `a stop tells what runs to end, counts a success, and hands the rest back`() {
        let bench = Bench()
        for id in ["good", "bad", "deaf"] { bench.log.append(task(id, "slow")) }
        bench.log.append(task("nap", "sleep", inputs: #"{"ms":90000}"#))
        bench.log.assign(0)
        bench.steps(2)
        bench.executor.stop(within: 1_000_000)
        bench.clock.pass(milliseconds: 1_000)
        bench.steps(1)
        #expect(bench.runner.cancelled.count == 3)
        bench.runner.end(0)
        bench.runner.end(1, .failed(ReportedFailure("cancelled", .cancelled)))
        bench.steps(2)
        #expect(bench.executor.state != .stopped)
        bench.clock.pass(milliseconds: 1_000)
        bench.steps(3)
        #expect(bench.executor.state == .stopped)
        #expect(Set(bench.holds) == ["nap 0", "bad 0", "deaf 0"])
        #expect(bench.executor.counts.succeeded == 1)
        #expect(bench.executor.counts.failed == 0)
        #expect(bench.log.stored[0]?.offset == 4)
        #expect(bench.executor.counts.leftBehind == 0)
    }

    @Test func `when the log does not answer a stop ends all the same, and leaves its tasks to the log`() {
        let bench = Bench()
        bench.log.append(task("a", "slow"))
        bench.log.assign(0)
        bench.steps(2)
        bench.log.room = 0
        bench.executor.stop(within: 0)
        for _ in 0..<4 {
            bench.steps(1)
            bench.clock.pass(milliseconds: 1_000)
        }
        #expect(bench.executor.state == .stopped)
        #expect(bench.log.stored[0]?.offset == 0)
    }
}
