import JSON
import Testing

@testable import Workflow

@Suite struct RunMachineTests {
    private let diamond = """
        {"tasks":[{"task_id":"a","handler":"echo"},{"task_id":"b","handler":"echo","depends_on":["a"]},
        {"task_id":"c","handler":"echo","depends_on":["a"]},{"task_id":"d","handler":"echo","depends_on":["b","c"]}]}
        """

    @Test func `a chain is dispatched one by one and completes with its last output`() throws {
        var run = try Dialogue(chain("a", "b"), input: #"{"x":1}"#)
        #expect(run.settle() == ["a"])
        run.done("a", output: #"{"v":2}"#)
        #expect(run.settle() == ["b"])
        run.done("b", output: "3")
        #expect(run.settle() == [])
        #expect(run.machine.status == .completed)
        #expect(run.output == #"{"b":3}"#)
    }

    @Test func `a join waits for all of its dependencies`() throws {
        var run = try Dialogue(diamond)
        #expect(run.settle() == ["a"])
        run.done("a")
        #expect(run.settle() == ["b", "c"])
        run.done("c")
        #expect(run.settle() == [])
        run.done("b")
        #expect(run.settle() == ["d"])
    }

    @Test func `a result counts once, whatever comes after it`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        let first = run.done("a", output: "1")
        let second = run.done("a", output: "2")
        let late = run.failed("a", attempt: 0)
        #expect(first == .recorded)
        #expect(second == .ignored(.alreadyClosed))
        #expect(late == .ignored(.alreadyClosed))
        _ = run.settle()
        #expect(run.rows["a"]?.output.map { String(decoding: $0, as: UTF8.self) } == "1")
    }

    @Test func `results for tasks nobody dispatched or knows change nothing`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        let early = run.done("b")
        let unknown = run.done("z")
        let future = run.done("a", attempt: 7)
        #expect(early == .ignored(.notDispatched))
        #expect(unknown == .ignored(.unknownTask))
        #expect(future == .ignored(.futureAttempt))
        #expect(run.settle() == [])
        #expect(run.lastDecision.hasFacts == false)
    }

    @Test func `a transient failure is retried by a row, not by a message`() throws {
        var run = try Dialogue(chain("a"))
        _ = run.settle()
        run.failed("a", attempt: 0, .transient)
        #expect(run.settle() == [])
        #expect(run.status("a") == .retrying)
        #expect(run.lastDecision.retries.map(\.attempt) == [1])
        #expect(run.lastDecision.attempts.map(\.attempt) == [0])
        let stale = run.failed("a", attempt: 0, .transient)
        #expect(stale == .ignored(.staleAttempt))
        run.done("a", attempt: 1)
        _ = run.settle()
        #expect(run.machine.status == .completed)
        #expect(run.rows["a"]?.attempts == 2)
        #expect(run.lastDecision.droppedRetries.count == 1)
    }

    @Test func `a failure that names no attempt is ignored before the next one is due`() throws {
        var run = try Dialogue(chain("a"))
        _ = run.settle()
        run.failed("a", attempt: nil, .transient)
        _ = run.settle()
        let repeated = run.failed("a", attempt: nil, .transient)
        #expect(repeated == .ignored(.beforeRetry))
        run.time += 3_600_000_000
        let next = run.failed("a", attempt: nil, .transient)
        #expect(next == .recorded)
    }

    @Test func `a success of an older attempt still counts while the task is open`() throws {
        var run = try Dialogue(chain("a"))
        _ = run.settle()
        run.failed("a", attempt: 0, .timeout)
        _ = run.settle()
        let late = run.done("a", attempt: 0)
        #expect(late == .recorded)
        _ = run.settle()
        #expect(run.machine.status == .completed)
    }

    @Test func `a task that fails for good skips its descendants, the others go on, the run fails at the end`() throws {
        var run = try Dialogue(
            """
            {"tasks":[{"task_id":"a","handler":"echo"},{"task_id":"b","handler":"echo","depends_on":["a"]},
            {"task_id":"c","handler":"echo","depends_on":["b"]},{"task_id":"x","handler":"echo"}]}
            """)
        _ = run.settle()
        run.failed("a", attempt: 0)
        _ = run.settle()
        #expect(run.status("b") == .skipped)
        #expect(run.status("c") == .skipped)
        #expect(run.machine.status == .running)
        run.done("x")
        _ = run.settle()
        #expect(run.machine.status == .failed)
        #expect(run.error == "task a failed: broken")
    }

    @Test func `a task that may degrade lets the run complete as degraded, with a dead letter all the same`() throws {
        var run = try Dialogue(
            """
            {"tasks":[{"task_id":"a","handler":"echo","on_failure":"degrade"},
            {"task_id":"b","handler":"echo","depends_on":["a"]}]}
            """)
        _ = run.settle()
        run.failed("a", attempt: 0)
        #expect(run.settle() == ["b"])
        #expect(run.lastWork.entries.contains { $0.topic == .deadLetters })
        run.done("b")
        _ = run.settle()
        #expect(run.machine.status == .completed)
        #expect(run.machine.row.state.degraded)
    }

    @Test func `fail fast cancels everything else at once`() throws {
        var run = try Dialogue(
            """
            {"fail_fast":true,"tasks":[{"task_id":"a","handler":"echo"},{"task_id":"x","handler":"echo"}]}
            """)
        _ = run.settle()
        run.failed("a", attempt: 0)
        #expect(run.settle() == [])
        #expect(run.status("x") == .cancelled)
        #expect(run.machine.status == .failed)
    }

    @Test func `a template that finds nothing fails its task and names the path`() throws {
        var run = try Dialogue(
            """
            {"tasks":[{"task_id":"a","handler":"echo","inputs":{"u":"${input.url}"}}]}
            """)
        #expect(run.settle() == [])
        #expect(run.machine.status == .failed)
        #expect(run.error?.contains("input.url") == true)
    }

    @Test func `cancel ends the run at once and tells why`() throws {
        var run = try Dialogue(diamond)
        _ = run.settle()
        run.done("a")
        let answer = run.command(.cancel)
        #expect(answer == .done)
        #expect(run.settle() == [])
        #expect(run.machine.status == .cancelled)
        let late = run.done("b")
        let again = run.command(.cancel)
        let other = run.command(.pause, id: "c2")
        #expect(late == .ignored(.runEnded))
        #expect(again == .repeated)
        #expect(other == .refused("the run has ended: cancelled"))
    }

    @Test func `a pause holds back what becomes ready, resume dispatches it`() throws {
        var run = try Dialogue(diamond)
        _ = run.settle()
        _ = run.command(.pause, id: "p")
        run.done("a")
        #expect(run.settle() == [])
        #expect(run.machine.status == .paused)
        let released = run.command(.resume, id: "r")
        #expect(released == .done)
        #expect(run.settle() == ["b", "c"])
    }

    @Test func `a command that was refused is never carried out, whenever it comes again`() throws {
        var run = try Dialogue(diamond)
        _ = run.settle()
        _ = run.command(.pause, id: "p")
        let refused = run.command(.pause, id: "again")
        _ = run.command(.resume, id: "r")
        let repeated = run.command(.pause, id: "again")
        #expect(refused == .refused("the run is paused already"))
        #expect(repeated == .repeated)
        #expect(run.machine.status == .running)
    }

    @Test func `the run's time limit does not count while it is paused`() throws {
        var run = try Dialogue(#"{"timeout":10,"tasks":[{"task_id":"a","handler":"echo"}]}"#)
        _ = run.settle()
        _ = run.command(.pause, id: "p")
        _ = run.settle()
        run.time += 60_000_000
        _ = run.command(.resume, id: "r")
        _ = run.settle()
        let early = run.machine.expire(turn: run.turn, into: &run.decision)
        run.time += 11_000_000
        let late = run.machine.expire(turn: run.turn, into: &run.decision)
        #expect(!early)
        #expect(late)
        _ = run.settle()
        #expect(run.machine.status == .failed)
        #expect(run.error?.hasPrefix("timeout") == true)
    }
}
