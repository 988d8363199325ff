import Testing
import Workflow

@testable import Execution

@Suite struct RebalanceTests {
    @Test func `the window is committed without the mark before anything starts`() {
        let bench = Bench()
        bench.log.stored[0] = .init(offset: 0, metadata: Array("1c".utf8))
        bench.log.append(task("a", "slow"))
        bench.log.failingBegins = 1
        bench.log.assign(0)
        bench.steps(3)
        #expect(bench.started.isEmpty)
        bench.clock.pass(milliseconds: 200)
        bench.steps(2)
        #expect(bench.started == ["a"])
        #expect(bench.log.stored[0]?.metadata == Array("1-".utf8))
        #expect(bench.log.calls == ["begin", "begin"])
    }

    @Test func `what a former owner finished is not run again`() {
        let bench = Bench()
        bench.log.append(task("long", "slow"))
        for id in ["a", "b"] { bench.log.append(task(id)) }
        bench.log.assign(0)
        bench.settle()
        bench.log.lose(0)
        let next = Bench(log: bench.log)
        next.log.published = []
        next.log.assign(0)
        next.settle()
        #expect(next.started == ["long"])
        #expect(next.answered.isEmpty)
        #expect(next.executor.counts.skipped == 2)
        next.runner.end(0)
        next.settle()
        #expect(next.log.stored[0]?.offset == 3)
    }

    @Test func `metadata that cannot be read means that everything runs again`() {
        let bench = Bench()
        bench.log.stored[0] = .init(offset: 1, metadata: Array("someone else's".utf8))
        for id in ["a", "b", "c"] { bench.log.append(task(id)) }
        bench.log.assign(0)
        bench.settle()
        #expect(bench.answered == ["b", "c"])
    }

    @Test func `on revoke what runs may end, and its offset is committed with the mark`() {
        let bench = Bench()
        bench.log.append(task("a", "slow"))
        bench.log.assign(0)
        bench.steps(2)
        bench.log.revoke(0)
        bench.steps(2)
        #expect(!bench.log.calls.contains("release"))
        bench.runner.end(0)
        bench.steps(3)
        #expect(bench.log.calls.last == "release")
        #expect(bench.log.stored[0] == .init(offset: 1, metadata: Array("1c".utf8)))
        #expect(bench.executor.partitionCount == 0)
    }

    @Test func `on revoke what still runs after two seconds is reported held and is not run by the next owner`() {
        let bench = Bench()
        bench.log.append(task("a", "slow"))
        bench.log.append(task("b"))
        bench.log.assign(0)
        bench.steps(3)
        bench.log.revoke(0)
        bench.steps(1)
        bench.clock.pass(milliseconds: 1_900)
        bench.steps(1)
        #expect(!bench.log.calls.contains("release"))
        bench.clock.pass(milliseconds: 100)
        bench.steps(3)
        #expect(bench.log.calls.last == "release")
        #expect(bench.log.stored[0] == .init(offset: 2, metadata: Array("1c".utf8)))
        #expect(bench.holds == ["a 60000"])
        let next = Bench(log: bench.log)
        next.log.assign(0)
        next.settle()
        #expect(next.started.isEmpty)
        // It goes on where it is, says so, and its result counts.
        bench.clock.pass(milliseconds: 30_000)
        bench.steps(2)
        #expect(bench.holds == ["a 60000", "a 60000"])
        bench.runner.end(0)
        bench.steps(2)
        #expect(bench.answered.last == "a")
    }

    @Test func `it knows how long its group has given it nothing, and that nothing may be its share`() {
        let bench = Bench()
        bench.clock.pass(milliseconds: 31_000)
        bench.steps(1)
        let alone = bench.executor.unassignedTime
        bench.log.tell(.assigned([]))
        bench.steps(1)
        bench.clock.pass(milliseconds: 31_000)
        let spare = bench.executor.unassignedTime
        bench.log.revoke(0)
        bench.steps(1)
        bench.clock.pass(milliseconds: 5_000)
        let waiting = bench.executor.unassignedTime
        #expect(alone >= 31_000_000)
        #expect(spare == 0)
        #expect(waiting == 5_000_000)
    }

    @Test func `a result of a lost assignment finishes nothing of the next one`() {
        let bench = Bench()
        bench.log.append(task("a", "slow"))
        bench.log.assign(0)
        bench.steps(2)
        bench.log.lose(0)
        bench.log.assign(0)
        bench.steps(2)
        #expect(bench.started == ["a", "a"])
        bench.runner.end(0)
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 0)
        bench.runner.end(1)
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a release that fails gives the partitions up all the same`() {
        let bench = Bench()
        bench.log.append(task("a"))
        bench.log.assign(0)
        bench.steps(2)
        bench.log.failingReleases = 1
        bench.log.revoke(0)
        bench.steps(3)
        #expect(bench.executor.partitionCount == 0)
        bench.log.assign(0)
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a commit that was refused is made again`() {
        let bench = Bench()
        bench.log.append(task("a"))
        bench.log.assign(0)
        bench.log.failingCommits = 1
        bench.settle()
        #expect(bench.log.calls.filter { $0 == "commit" }.count == 2)
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a stop waits for what runs, commits with the mark and closes`() {
        let bench = Bench()
        for id in ["a", "b"] { bench.log.append(task(id, "slow")) }
        bench.log.append(task("c"))
        bench.log.assign(0)
        bench.steps(2)
        bench.executor.stop(within: 5_000_000)
        bench.log.append(task("d"))
        bench.runner.end(0)
        bench.steps(3)
        #expect(bench.executor.state != .stopped)
        #expect(!bench.answered.contains("d"))
        bench.clock.pass(milliseconds: 5_000)
        bench.steps(1)
        #expect(bench.runner.cancelled.count == 1)
        bench.clock.pass(milliseconds: 1_000)
        bench.steps(3)
        #expect(bench.executor.state == .stopped)
        #expect(bench.log.isClosed)
        #expect(bench.holds == ["b 0"])
        #expect(bench.log.stored[0]?.offset == 3)
        #expect(bench.log.stored[0].map { OffsetLedger.isClean($0.metadata[...]) } == true)
    }

    @Test func `a log made anew is read from where it begins now`() {
        let bench = Bench()
        bench.log.stored[0] = .init(offset: 500, metadata: Array("1c".utf8))
        bench.log.append(task("a"))
        bench.log.assign(0)
        bench.steps(1)
        bench.log.seek(0, to: 0)
        bench.settle()
        #expect(bench.answered == ["a"])
        #expect(bench.log.stored[0]?.offset == 1)
    }
}
