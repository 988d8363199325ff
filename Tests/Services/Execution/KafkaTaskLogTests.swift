import Execution
import Kafka
import Testing

@testable import Execution

/// The executor on its Kafka ports, on every broker there is.
@Suite struct KafkaTaskLogTests {
    @Test(arguments: Broker.present)
    func `every task is answered on its lane and its offset committed`(_ broker: Broker) throws {
        let bench = try KafkaBench(broker)
        for partition in 0..<3 {
            try bench.add(
                (0..<100).map { task("t\(partition)-\($0)", more: #","lane":\#($0 % 2)"#) }, partition: Int32(partition)
            )
        }
        let member = bench.executor("w1")
        let isDone = step([member]) { member.executor.counts.published == 300 }
        #expect(isDone)
        step([member], seconds: 1) { false }
        let committed = try bench.committed()
        #expect(committed.map(\.offset) == [100, 100, 100])
        #expect(committed.map(\.metadata) == ["1-", "1-", "1-"])
        member.stop()
        let after = try bench.committed()
        #expect(after.map(\.metadata) == ["1c", "1c", "1c"])
        let results = try bench.results(bench.done, count: 300)
        #expect(results[0]?.count == 150)
        #expect(results[1]?.count == 150)
        #expect(member.witness.started.count == 300)
    }

    @Test(arguments: Broker.present)
    func `bytes nobody can read become dead letters, and without a lane the key decides`(_ broker: Broker) throws {
        let bench = try KafkaBench(broker)
        try bench.add(["{", task("a"), task("b", "fail"), task("c", more: #","lane":77"#)], partition: 1)
        let member = bench.executor("w1")
        let isDone = step([member]) { member.executor.counts.published == 4 }
        #expect(isDone)
        member.stop()
        let letters = try bench.results(bench.deadLetters, count: 1)
        let done = try bench.results(bench.done, count: 2)
        let failed = try bench.results(bench.failed, count: 1)
        #expect(letters.values.joined().count == 1)
        #expect(done.values.joined().count == 2)
        #expect(failed.values.joined().count == 1)
        let committed = try bench.committed()
        #expect(committed[1].offset == 4)
    }

    @Test(arguments: Broker.present)
    func `a second executor takes over without running anything twice`(_ broker: Broker) throws {
        let bench = try KafkaBench(broker)
        for partition in 0..<3 {
            try bench.add(
                (0..<200).map { task("t\(partition)-\($0)", "sleep", inputs: #"{"ms":20}"#) },
                partition: Int32(partition))
        }
        var limits = ExecutorLimits()
        limits.slots = 8
        let first = bench.executor("w1", limits)
        let second = bench.executor("w2", limits)
        step([first]) { first.executor.counts.published >= 30 }
        let isShared = step([first, second]) { second.executor.counts.published >= 30 }
        #expect(isShared)
        second.stop()
        let isDone = step([first]) {
            first.executor.unfinishedCount == 0 && Set(first.witness.started + second.witness.started).count == 600
        }
        #expect(isDone)
        first.stop()
        let started = first.witness.started + second.witness.started
        // The mock broker refuses commits while a group changes hands, which a real one does not.
        if broker == .real { #expect(started.count == 600) }
        let committed = try bench.committed()
        #expect(committed.map(\.offset) == [200, 200, 200])
    }

    @Test(arguments: Broker.present)
    func `a partition that was paused when it went comes again when it is back`(_ broker: Broker) throws {
        let bench = try KafkaBench(broker)
        for partition in 0..<3 {
            let tasks = (0..<10).map { task("t\(partition)-\($0)", "sleep", inputs: #"{"ms":10}"#) }
            try bench.add(tasks, partition: Int32(partition))
        }
        var limits = ExecutorLimits()
        limits.slots = 1
        limits.waitingRecords = 4
        limits.pauseAfter = 0
        let first = bench.executor("w1", limits)
        let second = bench.executor("w2", limits)
        let isPaused = step([first]) { first.executor.pausedCount == 3 }
        #expect(isPaused)
        let isShared = step([first, second]) { second.executor.counts.published >= 1 }
        #expect(isShared)
        second.stop()
        let isDone = step([first], seconds: 40) {
            first.executor.unfinishedCount == 0 && Set(first.witness.started + second.witness.started).count == 30
        }
        #expect(isDone)
        first.stop()
    }

    @Test(arguments: Broker.present)
    func `after a stop the next executor skips what was finished behind a gap`(_ broker: Broker) throws {
        let bench = try KafkaBench(broker, partitions: 1)
        let long = task("long", "sleep", inputs: #"{"ms":60000}"#)
        try bench.add([long] + (0..<50).map { task("t\($0)") }, partition: 0)
        var limits = ExecutorLimits()
        limits.reportsHeld = false
        let first = bench.executor("w1", limits)
        step([first]) { first.executor.counts.published == 50 }
        first.executor.stop(within: 0)
        step([first]) { first.executor.state == .stopped }
        let between = try bench.committed(partitions: 1)
        #expect(between[0].offset == 0)
        #expect(between[0].metadata.hasPrefix("1c"))
        let second = bench.executor("w2")
        let isDone = step([second]) { second.executor.counts.skipped == 50 }
        #expect(isDone)
        #expect(second.witness.started == ["long"])
        second.executor.stop(within: 0)
        step([second]) { second.executor.state == .stopped }
    }

    @Test(arguments: Broker.present)
    func `a stop hands back what still runs, and nobody runs it again by the log alone`(_ broker: Broker) throws {
        let bench = try KafkaBench(broker, partitions: 1)
        try bench.add([task("long", "sleep", inputs: #"{"ms":60000}"#, more: #","lane":1"#)], partition: 0)
        let first = bench.executor("w1")
        step([first]) { first.executor.runningCount == 1 }
        first.executor.stop(within: 0)
        let isOver = step([first]) { first.executor.state == .stopped }
        #expect(isOver)
        let words = try bench.results(bench.done, count: 1)[1] ?? []
        #expect(words.map { member("hold_ms", of: $0) } == ["0"])
        let between = try bench.committed(partitions: 1)
        #expect(between[0].offset == 1)
        let second = bench.executor("w2")
        step([second], seconds: 2) { false }
        #expect(second.witness.started.isEmpty)
        second.stop()
    }

    @Test(arguments: Broker.present)
    func `what ends its process is started three times, and the others are answered`(_ broker: Broker) throws {
        let bench = try KafkaBench(broker, partitions: 1)
        let poison = task("poison", "sleep", inputs: #"{"ms":600000}"#)
        try bench.add([task("t0"), poison, task("t1"), task("t2")], partition: 0)
        var started: [String] = []
        for life in 0..<6 {
            let executor = bench.executor("w\(life)")
            // A process that ends while the poison runs: nothing of it is closed in order.
            step([executor], seconds: 30) {
                executor.executor.runningCount == 1 || executor.executor.counts.poison == 1
            }
            started += executor.witness.started
            guard executor.executor.counts.poison == 0 else {
                step([executor], seconds: 5) { executor.executor.unfinishedCount == 0 }
                executor.stop()
                break
            }
            executor.vanish()
        }
        #expect(started.count { $0 == "poison" } == 3)
        let failed = try bench.results(bench.failed, count: 1).values.joined()
        #expect(failed.map { member("error_class", of: $0) } == ["poison"])
        let done = try bench.results(bench.done, count: 3).values.joined()
        #expect(Set(done.compactMap { member("task_id", of: $0) }) == ["t0", "t1", "t2"])
    }

    @Test func `an executor goes on by itself when its broker was gone`() throws {
        let bench = try KafkaBench(.mock)
        let mock = try #require(bench.mock)
        try bench.add((0..<10).map { task("a\($0)") }, partition: 0)
        let member = bench.executor("w1")
        let isBegun = step([member]) { member.executor.counts.published == 10 }
        #expect(isBegun)
        try mock.kill()
        let isGone = step([member], seconds: 10) { !member.executor.isReachable }
        #expect(isGone)
        try mock.revive()
        let isBack = step([member], seconds: 10) { member.executor.isReachable }
        #expect(isBack)
        try bench.add((0..<10).map { task("b\($0)") }, partition: 1)
        let isDone = step([member]) { member.executor.counts.published == 20 }
        #expect(isDone)
        member.stop()
    }
}
