import Testing
import Workflow

@testable import Execution

/// Segments as an executor runs them.
@Suite struct SegmentExecutionTests {
    @Test func `a segment is run from its first task to its last, and every result says what comes next`() {
        let bench = Bench()
        bench.log.append(segment("a", then: ["b", "c"], inputs: #"{"n":1}"#))
        bench.log.assign(0)
        bench.settle()
        #expect(bench.answered == ["a", "b", "c"])
        #expect(bench.all("next") == ["b", "c", nil])
        #expect(bench.all("step") == ["0", "1", "2"])
        #expect(Set(bench.all("segment")).count == 1)
        #expect(bench.all("output") == [#"{"n":1}"#, #"{"was":{"n":1}}"#, #"{"was":{"was":{"n":1}}}"#])
        #expect(bench.log.published.allSatisfy { $0.topic == .done && $0.lane == 2 })
        #expect(bench.log.stored[0]?.offset == 1)
        #expect(bench.executor.counts.followed == 2)
    }

    @Test func `each result goes out at once, without waiting for the task behind it`() {
        let bench = Bench()
        bench.log.append(segment("a", then: ["b", "c"], handler: "slow"))
        bench.log.assign(0)
        bench.steps(2)
        #expect(bench.started == ["a"])
        bench.runner.end(0)
        bench.settle()
        #expect(bench.answered == ["a"])
        #expect(bench.started == ["a", "b"])
        #expect(bench.log.stored[0]?.offset == 0)
        bench.runner.end(1)
        bench.steps(2)
        bench.runner.end(2)
        bench.settle()
        #expect(bench.answered == ["a", "b", "c"])
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a failure ends a segment, on the topic of the results before it`() throws {
        let bench = Bench()
        bench.log.append(segment("a", then: ["b", "c"], handlers: ["b": "fail"]))
        bench.log.assign(0)
        bench.settle()
        #expect(bench.answered == ["a", "b"])
        let failure = try #require(bench.log.published.last)
        #expect(failure.topic == .done)
        #expect(member("status", of: failure.value) == "failed")
        #expect(member("error", of: failure.value) != nil)
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `what this executor cannot do is left to the lane`() {
        let bench = Bench()
        bench.log.append(segment("a", then: ["b"], handlers: ["b": "stranger"]))
        bench.log.append(#"{"run_id":"r","task_id":"x","handler":"echo","then":"nonsense"}"#)
        let broken = #"{"task_id":"z","handler":"echo","inputs":"${no}"}"#
        bench.log.append(#"{"run_id":"r","task_id":"y","handler":"echo","then":[\#(broken)]}"#)
        bench.log.assign(0)
        bench.settle()
        #expect(bench.answered == ["a", "x", "y"])
        #expect(bench.all("next") == [nil, nil, nil])
        #expect(bench.log.stored[0]?.offset == 3)
    }

    /// A segment of two, whose run is told something while its first task runs.
    private func told(_ tell: (Bench) -> Void) -> Bench {
        let bench = Bench()
        bench.log.append(segment("a", then: ["b"], handler: "slow"))
        bench.log.assign(0)
        bench.steps(2)
        tell(bench)
        bench.clock.pass(milliseconds: 300)
        bench.steps()
        bench.runner.end(0)
        bench.settle()
        return bench
    }

    @Test func `a cancelled run's segment does not go on, even if the task succeeded`() {
        let bench = told { $0.signals.cancelledRuns = [Array("r1".utf8)] }
        #expect(bench.answered == ["a"])
        #expect(bench.all("next") == [nil])
    }

    @Test func `a paused run's segment ends behind the task that runs`() {
        let bench = told { $0.signals.pausedRuns = [Array("r1".utf8)] }
        #expect(bench.answered == ["a"])
        #expect(bench.all("next") == [nil])
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `an executor that stops, or loses the partition, does not go on`() {
        for isStopped in [true, false] {
            let bench = Bench()
            bench.log.append(segment("a", then: ["b"], handler: "slow"))
            bench.log.assign(0)
            bench.steps(2)
            if isStopped { bench.executor.stop(within: 5_000_000) } else { bench.log.revoke(0) }
            bench.steps()
            bench.runner.end(0)
            bench.settle()
            #expect(bench.answered == ["a"])
            #expect(bench.all("next") == [nil])
            #expect(bench.log.stored[0]?.offset == 1)
        }
    }

    @Test func `a result that did not arrive goes again with all behind it, in order`() {
        let bench = Bench()
        bench.log.holdsReports = true
        bench.log.append(segment("a", then: ["b", "c"]))
        bench.log.assign(0)
        bench.steps(2)
        #expect(bench.answered == ["a", "b", "c"])
        let tokens = bench.log.published.map(\.token)
        bench.log.tell(.reported(token: tokens[2], .delivered))
        bench.log.tell(.reported(token: tokens[1], .undelivered))
        bench.log.tell(.reported(token: tokens[0], .delivered))
        bench.settle()
        #expect(bench.answered == ["a", "b", "c", "b", "c"])
        #expect(bench.log.stored[0]?.offset == 0)
        bench.log.tell(.reported(token: tokens[2], .delivered))
        for result in bench.log.published.suffix(2) { bench.log.tell(.reported(token: result.token, .delivered)) }
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `the offset is not finished while any result of the segment is missing`() {
        let bench = Bench()
        bench.log.holdsReports = true
        bench.log.append(segment("a", then: ["b", "c"]))
        bench.log.assign(0)
        bench.steps(2)
        for result in bench.log.published.dropFirst() { bench.log.tell(.reported(token: result.token, .delivered)) }
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 0)
        bench.log.tell(.reported(token: bench.log.published[0].token, .delivered))
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a result the log will never take fails its task in its own place`() throws {
        let bench = Bench()
        bench.log.holdsReports = true
        bench.log.append(segment("a", then: ["b"]))
        bench.log.assign(0)
        bench.steps(2)
        bench.log.tell(.reported(token: bench.log.published[1].token, .tooLarge))
        bench.log.tell(.reported(token: bench.log.published[0].token, .delivered))
        bench.steps(2)
        let failure = try #require(bench.log.published.last)
        #expect(failure.topic == .done)
        #expect(member("status", of: failure.value) == "failed")
        #expect(member("step", of: failure.value) == "1")
        #expect(bench.log.stored[0]?.offset == 0)
        bench.log.tell(.reported(token: failure.token, .delivered))
        bench.settle()
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `a long segment is held as a whole`() {
        let bench = Bench()
        bench.log.append(segment("a", then: ["b"], handler: "slow"))
        bench.log.assign(0)
        bench.steps(2)
        bench.clock.pass(milliseconds: 31_000)
        bench.settle()
        #expect(bench.holds == ["a 60000"])
        #expect(bench.log.stored[0]?.offset == 1)
        bench.runner.end(0)
        bench.settle()
        #expect(bench.all("hold_ms").last == "60000")
        #expect(bench.all("next").last == "b")
        bench.clock.pass(milliseconds: 31_000)
        bench.settle()
        #expect(bench.holds == ["a 60000", "b 60000"])
        bench.runner.end(1)
        bench.settle()
        #expect(bench.answered.last == "b")
        #expect(bench.executor.unfinishedCount == 0)
    }

    @Test func `a segment delivered again is given back, not run`() throws {
        let bench = Bench()
        bench.log.append(segment("a", then: ["b"]))
        bench.log.stored[0] = TwinLog.Stored(offset: 0, metadata: [])
        bench.log.assign(0)
        bench.settle()
        let word = try #require(bench.log.published.first)
        #expect(bench.log.published.count == 1)
        #expect(member("event_type", of: word.value) == "task_held")
        #expect(member("hold_ms", of: word.value) == "0")
        #expect(member("segment", of: word.value) == nil)
        #expect(bench.log.stored[0]?.offset == 1)
    }

    @Test func `executions have names of their own`() {
        let (one, other) = (SegmentIDs(workerID: "w1"), SegmentIDs(workerID: "w2"))
        let names = (1...1_000).flatMap { [one.id($0), other.id($0)] }
        #expect(Set(names).count == 2_000)
        #expect(names.allSatisfy { SegmentMark.ids.contains(Int($0)) })
    }
}

/// A segment whose tasks each wrap the output before them.
private func segment(
    _ head: String, then: [String], handler: String = "echo", handlers: [String: String] = [:], inputs: String = "{}"
) -> String {
    var before = head
    let rest = then.map { id in
        defer { before = id }
        let inputs = #"{"was":"${tasks.\#(before).output}"}"#
        return #"{"task_id":"\#(id)","handler":"\#(handlers[id] ?? handler)","inputs":\#(inputs)}"#
    }
    let more = #","lane":2,"then":[\#(rest.joined(separator: ","))]"#
    return task(head, handlers[head] ?? handler, inputs: inputs, more: more)
}

extension Bench {
    fileprivate func all(_ name: String) -> [String?] { log.published.map { member(name, of: $0.value) } }
}
