import Testing
import Workflow

@testable import Execution

@Suite struct SuspectTests {
    /// An executor on what a former one left, which did not go in order.
    private func after(_ marks: [OffsetLedger.Mark], clean: Bool = false, _ limits: ExecutorLimits = .init()) -> Bench {
        let bench = Bench(limits)
        var ledger = OffsetLedger(base: 0)
        for (offset, mark) in marks.enumerated() { ledger[Int64(offset)] = mark }
        bench.log.stored[0] = .init(offset: 0, metadata: ledger.metadata(clean: clean))
        return bench
    }

    private func marks(_ bench: Bench, _ count: Int64) -> [OffsetLedger.Mark] {
        guard let stored = bench.log.stored[0] else { return [] }
        let ledger = OffsetLedger(base: stored.offset, metadata: stored.metadata[...])
        return (0..<count).map { ledger[$0] }
    }

    @Test func `what an executor that died left unfinished is named in the log before it starts again`() {
        let bench = after([.unfinished])
        bench.log.append(task("a", "slow"))
        bench.log.assign(0)
        bench.log.failingNows = 1
        bench.steps(3)
        #expect(bench.started.isEmpty)
        bench.clock.pass(milliseconds: 200)
        bench.steps(1)
        #expect(bench.started == ["a"])
        #expect(marks(bench, 1) == [.namedOnce])
        bench.runner.end(0)
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `after an executor that went in order nothing is a suspect`() {
        let bench = after([.unfinished], clean: true)
        bench.log.append(task("a", "slow"))
        bench.log.assign(0)
        bench.steps(2)
        #expect(bench.started == ["a"])
        #expect(bench.executor.counts.suspects == 0)
    }

    @Test func `suspects start a few at a time`() {
        var limits = ExecutorLimits()
        limits.suspects = 2
        let bench = after([.unfinished], limits)
        for id in ["a", "b", "c", "d", "e"] { bench.log.append(task(id, "slow")) }
        bench.log.assign(0)
        bench.settle()
        #expect(bench.started == ["a", "b"])
        bench.runner.end(1)
        bench.settle()
        #expect(bench.started == ["a", "b", "c"])
        #expect(marks(bench, 4) == [.namedOnce, .finished, .namedOnce, .unfinished])
    }

    @Test func `what was finished between suspects is not run again`() {
        let bench = after([.unfinished, .finished, .unfinished, .finished])
        for id in ["a", "b", "c", "d"] { bench.log.append(task(id, "slow")) }
        bench.log.assign(0)
        bench.settle()
        #expect(bench.started == ["a", "c"])
        #expect(bench.executor.counts.skipped == 2)
    }

    @Test func `one that was named once runs alone, and is named again before`() {
        let bench = after([.unfinished, .namedOnce, .unfinished])
        for id in ["a", "b", "c"] { bench.log.append(task(id, "slow")) }
        bench.log.assign(0)
        bench.settle()
        #expect(bench.started == ["a"])
        bench.runner.end(0)
        bench.settle()
        #expect(bench.started == ["a", "b"])
        #expect(bench.log.stored[0]?.offset == 1)
        #expect(marks(bench, 1) == [.namedTwice] || bench.log.stored[0]?.metadata == Array("1-Ag==".utf8))
        bench.log.assign(1)
        bench.log.append(task("other", "slow"), to: 1)
        bench.settle()
        #expect(bench.started == ["a", "b"])
        bench.runner.end(1)
        bench.settle()
        #expect(Set(bench.started) == ["a", "b", "c", "other"])
    }

    @Test func `one that runs alone and takes long is held, and the others go on`() {
        let bench = after([.namedOnce])
        for id in ["a", "b"] { bench.log.append(task(id, "slow")) }
        bench.log.assign(0)
        bench.settle()
        #expect(bench.started == ["a"])
        bench.clock.pass(milliseconds: 30_000)
        bench.settle()
        #expect(bench.holds == ["a 60000"])
        #expect(bench.started == ["a", "b"])
    }

    @Test func `one that was named twice is not run, and its task fails as poison`() throws {
        let bench = after([.namedTwice, .unfinished])
        for id in ["a", "b"] { bench.log.append(task(id)) }
        bench.log.assign(0)
        bench.settle()
        #expect(bench.executor.counts.poison == 1)
        let failed = try #require(bench.log.published.first { $0.topic == .failed })
        #expect(member("task_id", of: failed.value) == "a")
        #expect(member("error_class", of: failed.value) == "poison")
        #expect(bench.answered.contains("b"))
        #expect(bench.log.stored[0]?.offset == 2)
    }

    @Test func `a count stays with an offset through an end in order`() {
        let bench = after([.namedOnce], clean: true)
        for id in ["a", "b"] { bench.log.append(task(id, "slow")) }
        bench.log.assign(0)
        bench.settle()
        #expect(bench.started == ["a"])
        #expect(bench.executor.counts.suspects == 1)
    }

    @Test func `the first record of a partition nobody committed leaves a trace before it starts`() {
        let bench = Bench()
        bench.log.append(task("a", "slow"))
        bench.log.failingNows = 1
        bench.log.assign(0)
        bench.steps(2)
        #expect(bench.started.isEmpty)
        bench.clock.pass(milliseconds: 200)
        bench.steps(1)
        #expect(bench.started == ["a"])
        #expect(bench.log.stored[0] == .init(offset: 0, metadata: Array("1-".utf8)))
    }

    @Test func `a record that ends its executor is started three times, then never again`() {
        var bench = Bench()
        for id in ["a", "poison", "b"] { bench.log.append(task(id, id == "poison" ? "slow" : "echo")) }
        var starts = 0
        for _ in 0..<6 {
            bench.log.assign(0)
            bench.settle()
            starts += bench.started.count
            // The process ends: all that is left is what the log has.
            bench.log.lose(0)
            bench = Bench(log: bench.log)
        }
        #expect(starts == 3)
        #expect(Set(bench.answered) == ["a", "poison", "b"])
        #expect(bench.log.stored[0]?.offset == 3)
    }

    @Test func `a log made anew forgets its suspects`() {
        let bench = after([.namedTwice])
        bench.log.stored[0] = .init(offset: 500, metadata: Array("1-Aw==".utf8))
        bench.log.append(task("a"))
        bench.log.assign(0)
        bench.steps(1)
        bench.log.seek(0, to: 0)
        bench.settle()
        #expect(bench.answered == ["a"])
        #expect(bench.log.stored[0]?.offset == 1)
    }
}
