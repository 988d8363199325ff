import JSON
import Testing

@testable import Workflow

@Suite struct RedriveTests {
    private let branches = """
        {"tasks":[{"task_id":"a","handler":"echo","max_retries":1},{"task_id":"b","handler":"echo","depends_on":["a"]},
        {"task_id":"x","handler":"echo","max_retries":0},{"task_id":"y","handler":"echo","depends_on":["x"]},
        {"task_id":"z","handler":"echo","depends_on":["b","y"]}]}
        """

    /// `a` failed after two attempts, `x` after one.
    private func failedRun() throws -> Dialogue {
        var run = try Dialogue(branches)
        _ = run.settle()
        run.failed("a", attempt: 0, .transient)
        run.failed("x", attempt: 0, .permanent)
        _ = run.settle()
        run.failed("a", attempt: 1, .transient)
        _ = run.settle()
        #expect(run.machine.status == .failed)
        return run
    }

    @Test func `failed tasks of a failed run get fresh attempts, and the run lives again`() throws {
        var run = try failedRun()
        let answer = run.retry()
        #expect(answer == .done)
        #expect(run.settle() == [])
        #expect(run.retryRows == ["a/2", "x/1"])
        #expect(run.lastDecision.retries.map(\.delay) == [0, 0])
        #expect(run.lastDecision.redriven.map(\.taskID) == ["a", "x"])
        #expect(run.runRow.state.status == .running)
        #expect(run.runRow.state.completedAt == nil)
        #expect(run.runRow.state.error == nil)
        #expect(run.runRow.state.liveKey == "run")
        #expect(run.rows["a"]?.attemptBase == 2)
        #expect(run.status("b") == .pending)
        #expect(run.status("z") == .pending)
    }

    @Test func `a run that failed by its time limit lives again with what was cancelled`() throws {
        var run = try Dialogue(
            #"{"timeout":3,"tasks":[{"task_id":"a","handler":"echo"},{"task_id":"b","handler":"echo","depends_on":["a"]}]}"#
        )
        _ = run.settle()
        run.time += 4_000_000
        let isOver = run.machine.expire(turn: run.turn, into: &run.decision)
        _ = run.settle()
        #expect(isOver && run.machine.status == .failed && run.status("a") == .cancelled)
        let answer = run.retry()
        #expect(answer == .done)
        _ = run.settle()
        #expect(run.retryRows == ["a/1"] && run.status("b") == .pending)
        #expect(run.machine.status == .running)
    }

    @Test func `what would be more than a turn can carry is refused, and changes nothing`() throws {
        let tasks = (0..<295).map { #"{"task_id":"t\#($0)","handler":"echo","max_retries":0}"# }
        let input = "\"" + String(repeating: "x", count: 890_000) + "\""
        var run = try Dialogue(#"{"tasks":[\#(tasks.joined(separator: ","))]}"#, input: input)
        _ = run.settle()
        for task in 0..<295 { run.failed(Identifier("t\(task)"), attempt: 0, .permanent) }
        _ = run.settle()
        #expect(run.machine.status == .failed)
        let answer = run.retry()
        #expect("\(answer)".contains("name some of them"), "\(answer)")
        _ = run.settle()
        #expect(run.machine.status == .failed && run.retryRows.isEmpty)
        let some = run.retry(["t1", "t2", "t1"], id: "r2")
        _ = run.settle()
        #expect(some == .done && run.retryRows == ["t1/1", "t2/1"])
    }

    @Test func `a revived run goes on to its end like any other`() throws {
        var run = try failedRun()
        _ = run.retry()
        _ = run.settle()
        run.machine = run.folded()
        run.done("a", attempt: 2)
        run.done("x", attempt: 1)
        #expect(run.settle() == ["b", "y"])
        run.machine = run.folded()
        run.done("b", attempt: 0)
        run.done("y", attempt: 0)
        #expect(run.settle() == ["z"])
        run.done("z", attempt: 0)
        _ = run.settle()
        #expect(run.machine.status == .completed)
        #expect(run.runRow.state.liveKey == nil)
        #expect(run.runRow.state.control.endings == 2)
    }

    @Test func `a retry by hand grants max_retries and one more attempts`() throws {
        var run = try failedRun()
        _ = run.retry(["a"])
        _ = run.settle()
        run.failed("a", attempt: 2, .transient)
        _ = run.settle()
        #expect(run.status("a") == .retrying)
        run.failed("a", attempt: 3, .transient)
        _ = run.settle()
        #expect(run.status("a") == .failed)
        #expect(run.machine.status == .failed)
        #expect(run.rows["a"]?.attempts == 4)
    }

    @Test func `the message of a retry tells the error before it`() throws {
        var run = try failedRun()
        _ = run.retry(["x"])
        _ = run.settle()
        let message = run.lastDecision.retries.first.map { JSONValue(trusted: $0.message) }
        #expect(message?.member("attempt")?.int == 1)
        #expect(message?.member("previous_error")?.text.map { String(decoding: $0, as: UTF8.self) } == "broken")
    }

    @Test func `only what no failed task stands above is open again`() throws {
        var run = try failedRun()
        _ = run.retry(["a"])
        _ = run.settle()
        #expect(run.status("b") == .pending)
        #expect(run.status("x") == .failed)
        #expect(run.status("y") == .skipped)
        #expect(run.status("z") == .skipped)
        run.done("a", attempt: 2)
        #expect(run.settle() == ["b"])
        run.done("b", attempt: 0)
        _ = run.settle()
        #expect(run.machine.status == .failed)
    }

    @Test func `after fail fast the cancelled tasks are open again too`() throws {
        var run = try Dialogue(
            """
            {"fail_fast":true,"tasks":[{"task_id":"a","handler":"echo"},{"task_id":"x","handler":"echo"},
            {"task_id":"y","handler":"echo","depends_on":["x"]}]}
            """)
        _ = run.settle()
        run.failed("a", attempt: 0)
        _ = run.settle()
        _ = run.retry()
        _ = run.settle()
        #expect(run.retryRows == ["a/1", "x/1"])
        #expect(run.lastDecision.redriven.map(\.taskID) == ["a"])
        #expect(run.status("y") == .pending)
        run.machine = run.folded()
        run.done("x", attempt: 0)
        #expect(run.settle() == ["y"])
    }

    @Test func `a task that did not fail is refused by name, and nothing happens`() throws {
        var run = try failedRun()
        let skipped = run.retry(["a", "b"])
        let unknown = run.retry(["nope"])
        #expect(skipped == .refused("task b did not fail: skipped"))
        #expect(unknown == .refused("task nope is not part of the flow"))
        _ = run.settle()
        #expect(run.lastDecision.hasFacts == false)
        #expect(run.machine.status == .failed)
    }

    @Test func `a retry of a run that goes on, was cancelled or completed is refused with its state`() throws {
        var going = try Dialogue(chain("a"))
        _ = going.settle()
        let early = going.retry()
        #expect(early == .refused(CommandRefusal(.notEnded, "the run has not ended: running")))
        going.done("a")
        _ = going.settle()
        let again = going.retry()
        #expect(again == .repeated)
        let late = going.retry(id: "another")
        #expect(late == .refused("the run has ended: completed"))
        var cancelled = try Dialogue(chain("a"))
        _ = cancelled.settle()
        _ = cancelled.command(.cancel)
        _ = cancelled.settle()
        let after = cancelled.retry()
        #expect(after == .refused("the run has ended: cancelled"))
    }

    @Test func `what no retry can mend is refused with the way out`() throws {
        var degraded = try Dialogue(
            #"{"tasks":[{"task_id":"a","handler":"echo","on_failure":"degrade"}]}"#)
        _ = degraded.settle()
        degraded.failed("a", attempt: 0, .permanent)
        _ = degraded.settle()
        guard case .refused(let refusal) = degraded.retry() else { return #expect(Bool(false)) }
        #expect(refusal.sentence.hasPrefix("the run has ended: completed without its degraded tasks"))
    }

    @Test func `a budget that is spent is named in the last error`() throws {
        var run = try Dialogue(
            #"{"tasks":[{"task_id":"a","handler":"echo","retry":{"delays":[1],"budget":30}}]}"#)
        _ = run.settle()
        run.time += 40_000_000
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        let error = String(decoding: run.runRow.state.error ?? [], as: UTF8.self)
        #expect(error.contains("(its retries' budget of 30 s is spent)"), "\(error)")
    }

    @Test func `a retry that was applied once changes nothing the second time`() throws {
        var run = try failedRun()
        _ = run.retry(id: "same")
        _ = run.settle()
        let repeated = run.retry(id: "same")
        #expect(repeated == .repeated)
        run.machine = run.folded()
        let again = run.retry(id: "same")
        #expect(again == .repeated)
    }

    @Test func `a retry for an attempt that is not the last any more is refused`() throws {
        var run = try failedRun()
        let stale = run.retry(["a"], after: 0)
        let right = run.retry(["a"], after: 1)
        #expect(stale == .refused("task a was tried again since: its last attempt is 1"))
        #expect(right == .done)
    }

    @Test func `a task whose inputs cannot be built is not tried again`() throws {
        var run = try Dialogue(#"{"tasks":[{"task_id":"a","handler":"echo","inputs":{"u":"${input.url}"}}]}"#)
        _ = run.settle()
        let answer = run.retry()
        guard case .refused(let why) = answer else { return #expect(Bool(false), "\(answer)") }
        #expect(why.sentence.hasPrefix("task a cannot be tried: inputs:"))
    }

    @Test func `a revived run has its whole time limit again, and its tasks their budget`() throws {
        var run = try Dialogue(
            #"{"timeout":100,"tasks":[{"task_id":"a","handler":"echo","retry":{"delays":[1],"budget":30}}]}"#)
        _ = run.settle()
        run.failed("a", attempt: 0, .permanent)
        _ = run.settle()
        run.time += 3_600_000_000
        _ = run.retry()
        let revived = run.time
        _ = run.settle()
        #expect(run.runRow.state.nextCheckAt.map { $0 <= revived + 100_000_000 } == true)
        let isExpired = run.machine.expire(turn: run.turn, into: &run.decision)
        #expect(!isExpired)
        run.failed("a", attempt: 1, .transient)
        _ = run.settle()
        #expect(run.status("a") == .retrying)
    }

    @Test func `a run that failed while it was paused is not paused when it lives again`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        _ = run.command(.pause, id: "p")
        run.failed("a", attempt: 0)
        _ = run.settle()
        _ = run.retry()
        _ = run.settle()
        run.machine = run.folded()
        run.done("a", attempt: 1)
        #expect(run.settle() == ["b"])
    }

    @Test func `a poison task is tried again when somebody asks for it`() throws {
        var run = try Dialogue(chain("a"))
        _ = run.settle()
        run.failed("a", attempt: 0, .poison)
        _ = run.settle()
        let answer = run.retry()
        #expect(answer == .done)
        _ = run.settle()
        #expect(run.retryRows == ["a/1"])
    }
}
