import JSON
import Testing

@testable import Workflow

/// Segments as the lane sees them.
@Suite struct SegmentTests {
    // MARK: What goes out

    @Test func `a chain goes out as one message`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        #expect(run.settle() == ["a"])
        #expect(run.then == ["b", "c"])
    }

    @Test(arguments: [
        (#"{"task_id":"b","handler":"echo","depends_on":["a"],"segment":false}"#, "said so"),
        (#"{"task_id":"b","handler":"echo","depends_on":["a"],"pool":"gpu"}"#, "another pool"),
        (#"{"task_id":"b","handler":"echo","depends_on":["a"],"requires":["a.x"]}"#, "the lane has to check"),
        (#"{"task_id":"b","handler":"h","depends_on":["a"]},{"task_id":"c","handler":"h","depends_on":["a"]}"#, "two"),
    ])
    func `what does not follow straight on waits for its own message`(_ tasks: String, _ why: String) throws {
        var run = try Dialogue(#"{"tasks":[{"task_id":"a","handler":"echo"},\#(tasks)]}"#)
        #expect(run.settle() == ["a"])
        #expect(run.then == [], "\(why)")
    }

    @Test func `a segment ends where ways meet`() throws {
        var run = try Dialogue(
            #"{"tasks":[{"task_id":"a","handler":"echo"},{"task_id":"b","handler":"echo","depends_on":["a"]},"#
                + #"{"task_id":"x","handler":"echo"},{"task_id":"c","handler":"echo","depends_on":["b","x"]}]}"#)
        #expect(run.settle() == ["a", "x"])
        #expect(run.then(of: 0) == ["b"])
        #expect(run.then(of: 1) == [])
    }

    @Test func `a long chain goes out in parts`() throws {
        let tasks = (0..<70).map { index in
            let above = index == 0 ? "" : #","depends_on":["t\#(index - 1)"]"#
            return #"{"task_id":"t\#(index)","handler":"echo"\#(above)}"#
        }
        var run = try Dialogue(#"{"tasks":[\#(tasks.joined(separator: ","))]}"#)
        _ = run.settle()
        #expect(run.then.count == Limits.segmentTasks - 1)
    }

    @Test func `what is read beside the segment goes with it, and no more than fits`() throws {
        let tasks = [
            #"{"task_id":"x","handler":"echo"}"#, #"{"task_id":"a","handler":"echo","depends_on":["x"],"inputs":{}}"#,
            #"{"task_id":"y","handler":"echo","depends_on":["x"]}"#,
            #"{"task_id":"b","handler":"echo","depends_on":["a"],"inputs":{"v":"${tasks.x.output.v}","n":"${input.n}"}}"#,
        ]
        var run = try Dialogue(#"{"tasks":[\#(tasks.joined(separator: ","))]}"#, input: #"{"n":5}"#)
        _ = run.settle()
        run.done("x", output: #"{"v":1}"#)
        #expect(run.settle() == ["a", "y"])
        let message = run.message(0)
        #expect(run.then(of: 0) == ["b"])
        #expect(message.member("scope")?.text(of: "input") == #"{"n":5}"#)
        #expect(message.member("scope")?.member("outputs")?.text(of: "x") == #"{"v":1}"#)

        var large = try Dialogue(chain("a", "b"), input: #"{"x":"\#(String(repeating: "x", count: 300_000))"}"#)
        _ = large.settle()
        #expect(large.then == [])
    }

    @Test func `a task tried again goes alone`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        let message = JSONValue(trusted: try #require(run.lastDecision.retries.first).message)
        #expect(message.member("then") == nil)
    }

    // MARK: What comes back

    @Test func `results of a segment count one by one, and nothing is dispatched in between`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        #expect(run.step("a", 0, next: "b", output: #"{"x":1}"#) == .recorded)
        #expect(run.settle() == [])
        #expect(run.step("b", 1, next: "c") == .recorded)
        #expect(run.step("c", 2) == .recorded)
        #expect(run.settle() == [])
        #expect(run.machine.status == .completed)
        #expect(run.rows["a"]?.next.map { String(decoding: $0, as: UTF8.self) } == "b/7")
        let input = try #require(run.rows["b"]?.input)
        #expect(String(decoding: input, as: UTF8.self) == #"{"input":{},"upstream":{"a":{"x":1}}}"#)
    }

    @Test func `after an executor that ignores the rest the next task goes out at once, with its own`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        run.done("a")
        #expect(run.settle() == ["b"])
        #expect(run.then == ["c"])
    }

    @Test func `a segment that ends early goes on by a message`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        run.step("a", 0, next: "b")
        run.step("b", 1)
        #expect(run.settle() == ["c"])
    }

    @Test func `a failure in a segment is tried again alone`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        run.step("a", 0, next: "b")
        #expect(run.failedStep("b", 1) == .recorded)
        #expect(run.settle() == [])
        #expect(run.retryRows == ["b/1"])
        run.done("b", attempt: 1)
        #expect(run.settle() == ["c"])
    }

    @Test func `results of another execution do not count, since they were made from other outputs`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        run.step("a", 0, next: "b", in: 7)
        #expect(run.step("a", 0, next: "b", in: 8) == .ignored(.alreadyClosed))
        #expect(run.step("b", 1, next: "c", in: 8) == .ignored(.notFollowed))
        #expect(run.failedStep("b", 1, in: 8) == .ignored(.notFollowed))
        #expect(run.step("b", 1, next: "c", in: 7) == .recorded)
    }

    @Test func `a result that comes before the one it was made from does not count`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        #expect(run.step("b", 1) == .ignored(.notFollowed))
        run.step("a", 0, next: "b")
        #expect(run.step("b", 1) == .recorded)
    }

    @Test func `what is out in a segment stays out when its run is paused`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        _ = run.command(.pause)
        _ = run.settle()
        run.step("a", 0, next: "b")
        #expect(run.settle() == [])
        run.step("b", 1)
        #expect(run.settle() == [])
        _ = run.command(.resume, id: "c2")
        #expect(run.settle() == ["c"])
    }

    @Test func `a held segment holds its next task`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        run.held("a", attempt: 0)
        _ = run.settle()
        run.step("a", 0, next: "b", holds: 60_000_000)
        #expect(run.settle() == [])
        #expect(run.status("b") == .running)
        #expect(run.machine.slots[1].heldUntil != nil)
        run.step("b", 1)
        _ = run.settle()
        #expect(run.machine.status == .completed)
    }

    // MARK: What is lost

    @Test func `a segment that was delivered again is gone on with where it stands`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        run.step("a", 0, next: "b")
        run.step("b", 1, next: "c")
        _ = run.settle()
        #expect(run.held("a", attempt: 0, for: 0) == .recorded)
        #expect(run.settle() == [])
        #expect(run.retryRows == ["c/0"])
        #expect(run.held("a", attempt: 0, for: 0) == .ignored(.alreadyClosed))
    }

    @Test func `so it is when somebody runs its first task again`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        run.step("a", 0, next: "b")
        _ = run.settle()
        #expect(run.done("a", attempt: 0) == .recorded)
        _ = run.settle()
        #expect(run.retryRows == ["b/0"])
    }

    @Test func `who was thought gone still counts, but is not followed any more`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        run.step("a", 0, next: "b")
        run.held("a", attempt: 0, for: 0)
        _ = run.settle()
        #expect(run.step("b", 1, next: "c") == .recorded)
        #expect(run.settle() == ["c"])
        #expect(run.step("c", 2) == .ignored(.notFollowed))
    }

    @Test func `a look finds what a segment left behind`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        run.step("a", 0, next: "b")
        _ = run.settle()
        let suspects = run.look()
        #expect(suspects.map(\.attempt.taskID) == ["b"])
        let isLost = run.judge(suspects[0])
        #expect(isLost)
        _ = run.settle()
        #expect(run.retryRows == ["b/0"])
    }

    // MARK: Rows

    @Test func `rows give the same memory, and the work of a batch leaves out what is followed`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        run.step("a", 0, next: "b")
        _ = run.settle()
        let folded = run.folded()
        #expect(folded.slots[1].isOut)
        #expect(folded.slots[0].goesOn == 7)
        #expect(folded.slots[1].readyAt == run.machine.slots[1].readyAt)
        var work = OutBatch()
        var turn = run.turn
        turn.batch -= 1
        folded.republish(turn: turn, into: &work)
        #expect(dispatched(work) == [])
    }

    @Test func `a first dispatch published again brings the same rest`() throws {
        var run = try Dialogue(chain("a", "b", "c"))
        _ = run.settle()
        var work = OutBatch()
        var turn = run.turn
        turn.batch -= 1
        run.folded().republish(turn: turn, into: &work)
        let again = JSONCanonical.bytes(of: JSONValue(trusted: work.value(of: work.entries[0])))
        #expect(again == JSONCanonical.bytes(of: run.message(0)))
    }
}

extension Dialogue {
    @discardableResult
    mutating func step(
        _ task: Identifier, _ step: Int32, next: Identifier? = nil, in segment: Int64 = 7, output: String = "null",
        holds: Microseconds? = nil
    ) -> RunMachine.Effect {
        var result = TaskResult(
            runID: "run", taskID: task, attempt: 0, outcome: .succeeded(output: Array(output.utf8)[...]))
        (result.segment, result.next, result.holdsNext) = (SegmentMark(id: segment, step: step), next, holds)
        result.workerID = Array("w1".utf8)[...]
        return apply(result)
    }

    @discardableResult
    mutating func failedStep(_ task: Identifier, _ step: Int32, in segment: Int64 = 7) -> RunMachine.Effect {
        let failure = TaskFailure(error: Array("connection refused".utf8)[...])
        var result = TaskResult(runID: "run", taskID: task, attempt: 0, outcome: .failed(failure))
        result.segment = SegmentMark(id: segment, step: step)
        return apply(result)
    }

    /// A message of the last turn.
    func message(_ place: Int) -> JSONValue { JSONValue(trusted: lastWork.value(of: lastWork.entries[place])) }

    var then: [String] { then(of: 0) }

    func then(of place: Int) -> [String] {
        (message(place).member("then")?.parts ?? []).map {
            String(decoding: $0.member("task_id")?.text ?? [], as: UTF8.self)
        }
    }
}

extension JSONValue {
    fileprivate func text(of member: StaticString) -> String? {
        self.member(member).map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}
