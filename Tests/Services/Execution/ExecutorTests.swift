import Testing
import Workflow

@testable import Execution

@Suite struct ExecutorTests {
    @Test func `a task is done, its result goes to the lane, and its offset is committed`() throws {
        let bench = Bench()
        bench.log.append(task("a", inputs: #"{"x":[1,2]}"#, more: #","lane":3"#))
        bench.log.assign(0)
        bench.settle()
        let result = try #require(bench.log.published.first)
        #expect(result.topic == .done)
        #expect(result.lane == 3)
        #expect(Array(result.key) == Array("r1".utf8))
        #expect(member("output", of: result.value) == #"{"x":[1,2]}"#)
        #expect(member("status", of: result.value) == "succeeded")
        #expect(member("attempt", of: result.value) == "0")
        #expect(member("worker_id", of: result.value) == "w1")
        #expect(member("started_at", of: result.value)?.hasPrefix("2026-11-21T") == true)
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `nothing is committed before the result is reported`() {
        let bench = Bench()
        bench.log.holdsReports = true
        bench.log.append(task("a"))
        bench.log.assign(0)
        bench.settle()
        #expect(bench.answered == ["a"])
        #expect(bench.log.stored[0]?.offset == 0)
        bench.log.deliver()
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a result that did not arrive is published again, and only then is its offset finished`() {
        let bench = Bench()
        bench.log.holdsReports = true
        bench.log.append(task("a"))
        bench.log.assign(0)
        bench.steps(2)
        bench.log.deliver(.undelivered)
        bench.settle()
        #expect(bench.answered == ["a", "a"])
        #expect(bench.log.stored[0]?.offset == 0)
        bench.log.deliver()
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a result the log will never take becomes a short failure`() throws {
        let bench = Bench()
        bench.log.holdsReports = true
        bench.log.append(task("a"))
        bench.log.records[0]?.append([0xFF])
        bench.log.assign(0)
        bench.steps(2)
        bench.log.deliver(.tooLarge)
        bench.steps(2)
        #expect(bench.answered == ["a", "a"])
        let failure = try #require(bench.log.published.first { $0.topic == .failed }).value
        #expect(member("error_type", of: failure) == "too_large")
        #expect(member("attempt", of: failure) == "0")
        bench.log.deliver()
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 2)
    }

    @Test func `what a full log does not take is offered again`() {
        let bench = Bench()
        bench.log.room = 1
        for id in ["a", "b", "c"] { bench.log.append(task(id)) }
        bench.log.assign(0)
        bench.steps(3)
        #expect(bench.answered == ["a"])
        bench.log.room = nil
        bench.settle()
        #expect(bench.answered == ["a", "b", "c"])
        #expect(bench.log.stored[0]?.offset == 3)
    }

    @Test func `one long task holds the watermark, not the others`() {
        let bench = Bench()
        bench.log.append(task("long", "slow"))
        for id in ["a", "b"] { bench.log.append(task(id)) }
        bench.log.assign(0)
        bench.settle()
        #expect(bench.answered == ["a", "b"])
        #expect(bench.log.stored[0]?.offset == 0)
        bench.runner.end(0)
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 3)
    }

    @Test func `no more attempts run at once than there are slots`() {
        var limits = ExecutorLimits()
        limits.slots = 2
        let bench = Bench(limits)
        for id in ["a", "b", "c"] { bench.log.append(task(id, "slow")) }
        bench.log.assign(0)
        bench.steps(3)
        #expect(bench.started == ["a", "b"])
        bench.runner.end(1)
        bench.steps(2)
        #expect(bench.started == ["a", "b", "c"])
    }

    @Test func `partitions are paused when there is no room, and resumed when there is`() {
        var limits = ExecutorLimits()
        limits.slots = 1
        limits.waitingRecords = 4
        let bench = Bench(limits)
        for index in 0..<20 { bench.log.append(task("t\(index)", "slow")) }
        bench.log.assign(0)
        bench.steps(3)
        #expect(bench.log.paused.isEmpty)
        bench.steps(1)
        bench.clock.pass(milliseconds: 300)
        bench.steps(1)
        #expect(bench.log.paused == [0])
        for index in 0..<4 {
            bench.runner.end(index)
            bench.steps(1)
        }
        bench.steps(1)
        #expect(bench.log.paused.isEmpty)
        for index in 4..<20 {
            bench.runner.end(index)
            bench.steps(2)
        }
        bench.settle()
        #expect(bench.answered.count == 20)
        #expect(bench.log.stored[0]?.offset == 20)
    }

    @Test func `a partition whose window is full waits for its oldest task while others go on`() {
        let bench = Bench()
        bench.log.append(task("long", "slow"))
        for index in 1..<1_300 { bench.log.append(task("t\(index)")) }
        bench.log.append(task("other"), to: 1)
        bench.log.assign(0, 1)
        bench.settle()
        bench.settle()
        #expect(bench.answered.count == 1_000)
        #expect(bench.answered.contains("other"))
        #expect(bench.log.paused == [0])
        bench.runner.end(0)
        bench.settle()
        bench.settle()
        #expect(bench.answered.count == 1_301)
        #expect(bench.log.stored[0]?.offset == 1_300)
        #expect(bench.log.paused.isEmpty)
    }

    @Test func `bytes nobody can read become a dead letter and the partition goes on`() throws {
        let bench = Bench()
        bench.log.records[0] = [
            Array("{\"run".utf8), [0xFF, 0x00], nil, Array("[]".utf8), Array(#"{"run_id":"r"}"#.utf8),
        ]
        bench.log.append(task("a"))
        bench.log.assign(0)
        bench.settle()
        let letters = bench.log.published.filter { $0.topic == .deadLetters }
        #expect(letters.count == 5)
        let second = try #require(letters.dropFirst().first).value
        #expect(member("message_id", of: second) == "dl/task_queue/0/1")
        #expect(member("reason", of: second) == "undecodable")
        #expect(String(decoding: second, as: UTF8.self).contains(#""value_base64":"/wA=""#))
        #expect(bench.answered == ["a"])
        #expect(bench.log.stored[0]?.offset == 6)
    }

    @Test func `an unknown handler is a permanent failure that lists the known ones`() throws {
        let bench = Bench()
        bench.log.append(task("a", "ecko"))
        bench.log.assign(0)
        bench.steps(2)
        let result = try #require(bench.log.published.first)
        #expect(result.topic == .failed)
        #expect(member("error_class", of: result.value) == "permanent")
        #expect(member("error", of: result.value) == "unknown handler: ecko; known here: echo, exec, fail, sleep, slow")
    }

    @Test func `an output over the limit is a permanent failure that names it`() throws {
        var limits = ExecutorLimits()
        limits.outputBytes = 10
        let bench = Bench(limits)
        bench.log.append(task("a", inputs: #"{"text":"more than ten"}"#))
        bench.log.assign(0)
        bench.steps(2)
        let result = try #require(bench.log.published.first).value
        #expect(member("error_type", of: result) == "too_large")
        #expect(member("error_class", of: result) == "permanent")
        #expect(member("error", of: result)?.contains("limit of 10") == true)
    }
}

@Suite struct TimeTests {
    @Test func `a task over its time limit is told to end and reported as timeout`() throws {
        let bench = Bench()
        bench.log.append(task("a", "slow", more: #","timeout":2"#))
        bench.log.assign(0)
        bench.steps(2)
        bench.clock.pass(milliseconds: 1_999)
        bench.steps(1)
        #expect(bench.runner.cancelled.isEmpty)
        bench.clock.pass(milliseconds: 1)
        bench.steps(1)
        #expect(bench.runner.cancelled.count == 1)
        bench.runner.end(0, .failed(ReportedFailure("whatever")))
        bench.steps(1)
        let result = try #require(bench.log.published.first).value
        #expect(member("error_class", of: result) == "timeout")
        #expect(member("execution_time_ms", of: result) == "2000")
    }

    @Test func `a handler that does not listen loses its slot after the grace`() {
        var limits = ExecutorLimits()
        limits.slots = 1
        let bench = Bench(limits)
        bench.log.append(task("deaf", "slow", more: #","timeout":1"#))
        bench.log.append(task("next", "slow"))
        bench.log.assign(0)
        bench.steps(2)
        bench.clock.pass(milliseconds: 1_000)
        bench.steps(1)
        bench.clock.pass(milliseconds: 1_000)
        bench.steps(2)
        #expect(bench.answered == ["deaf"])
        #expect(bench.started == ["deaf", "next"])
        bench.runner.end(0)
        bench.steps(2)
        #expect(bench.answered == ["deaf"])
    }

    @Test func `a sleeping task takes a slot, no thread, and ends on time`() {
        let bench = Bench()
        bench.log.append(task("a", "sleep", inputs: #"{"ms":50}"#))
        bench.log.assign(0)
        bench.steps(2)
        #expect(bench.executor.runningCount == 1)
        #expect(bench.started.isEmpty)
        bench.clock.pass(milliseconds: 49)
        bench.steps(1)
        #expect(bench.answered.isEmpty)
        bench.clock.pass(milliseconds: 1)
        bench.steps(1)
        #expect(bench.results.first?.contains(#"{"slept_ms":50}"#) == true)
    }

    @Test func `the tasks of a cancelled run are told to end; should it live, their attempts are lost`() throws {
        let bench = Bench()
        bench.log.append(task("a", "slow"))
        bench.log.append(task("b", "sleep", inputs: #"{"ms":60000}"#))
        bench.log.assign(0)
        bench.steps(2)
        bench.signals.cancelledRuns = [Array("r1".utf8)]
        bench.clock.pass(milliseconds: 250)
        bench.steps(1)
        #expect(bench.runner.cancelled.count == 1)
        #expect(bench.answered == ["b"])
        bench.runner.end(0, .failed(ReportedFailure("stopped")))
        bench.steps(1)
        #expect(bench.answered == ["b", "a"])
        let classes = bench.log.published.map { member("error_class", of: $0.value) }
        #expect(classes == ["transient", "transient"])
        #expect(bench.executor.counts.cancelled == 2)
    }

    @Test func `of a failed run only tasks that were dispatched before its end are told to end`() {
        let bench = Bench()
        for (name, time) in [("a", "2026-11-21T10:00:00.000Z"), ("b", "2026-11-21T10:00:00.001Z")] {
            bench.log.append(task(name, "slow", more: #","enqueued_at":"\#(time)""#))
        }
        bench.log.append(task("c", "slow"))
        bench.log.assign(0)
        bench.steps(2)
        bench.signals.cancelledRuns = [Array("r1".utf8)]
        bench.signals.limit = Timestamp.parse(Array("2026-11-21T10:00:00.000Z".utf8)[...]).map { $0 + 999 } ?? 0
        bench.clock.pass(milliseconds: 250)
        bench.steps(1)
        #expect(bench.runner.cancelled == [bench.runner.started[0].id])
    }

    @Test func `nobody is asked for cancelled runs while nothing runs`() {
        let bench = Bench()
        bench.log.assign(0)
        bench.settle()
        #expect(bench.signals.questions == 0)
    }
}
