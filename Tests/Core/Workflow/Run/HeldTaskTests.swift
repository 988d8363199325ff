import JSON
import Testing

@testable import Workflow

@Suite struct HeldTaskTests {
    private let one = #"{"tasks":[{"task_id":"a","handler":"echo","timeout":300}]}"#

    private func started(_ definition: String) throws -> Dialogue {
        var run = try Dialogue(definition)
        _ = run.settle()
        return run
    }

    @Test func `a held task is running, and its row says until when and by whom`() throws {
        var run = try started(one)
        let effect = run.held("a", attempt: 0)
        let began = run.time
        #expect(effect == .recorded)
        #expect(run.settle() == [])
        #expect(run.status("a") == .running)
        #expect(run.rows["a"]?.heldUntil == began + 60_000_000)
        #expect(run.rows["a"]?.heldSince == began)
        #expect(run.rows["a"]?.workerID.map { String(decoding: $0, as: UTF8.self) } == "w1")
        #expect(run.runRow.state.nextCheckAt == began + 60_000_000)
    }

    @Test func `a hold that is renewed keeps its beginning`() throws {
        var run = try started(one)
        run.held("a", attempt: 0)
        let began = run.time
        _ = run.settle()
        run.held("a", attempt: 0)
        let renewed = run.time
        _ = run.settle()
        #expect(run.rows["a"]?.heldSince == began)
        #expect(run.rows["a"]?.heldUntil == renewed + 60_000_000)
        let folded = run.folded()
        #expect(folded.holds == run.machine.holds)
    }

    @Test func `a hold that is renewed ever so often does not outlast the task's time limit`() throws {
        var run = try started(#"{"tasks":[{"task_id":"a","handler":"echo","timeout":3}]}"#)
        run.held("a", attempt: 0)
        _ = run.settle()
        run.time += 3_000_000
        let suspects = run.look()
        _ = run.settle()
        #expect(suspects.map(\.kind) == [.overdue])
        run.held("a", attempt: 0)
        _ = run.settle()
        let isLost = run.judge(suspects[0])
        _ = run.settle()
        #expect(isLost && run.lastDecision.attempts.map(\.errorClass) == [.timeout])
    }

    @Test func `a hold that does not say of which attempt is not believed before that attempt is due`() throws {
        var run = try started(one)
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        let early = run.held("a", attempt: nil)
        #expect(early == .ignored(.beforeRetry))
        run.time += 3_600_000_000
        let due = run.held("a", attempt: nil)
        #expect(due == .recorded)
    }

    @Test func `only the current attempt of an open task can be held`() throws {
        var run = try started(one)
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        let stale = run.held("a", attempt: 0)
        let future = run.held("a", attempt: 2)
        #expect(stale == .ignored(.staleAttempt))
        #expect(future == .ignored(.futureAttempt))
        run.done("a", attempt: 1)
        _ = run.settle()
        let closed = run.held("a", attempt: 1)
        #expect(closed == .ignored(.runEnded))
    }

    @Test func `a held attempt needs no retry row any more`() throws {
        var run = try started(one)
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        run.held("a", attempt: 1)
        _ = run.settle()
        #expect(run.lastDecision.droppedRetries.map(\.taskID) == ["a"])
        #expect(run.rows["a"]?.error.map { String(decoding: $0, as: UTF8.self) } == "broken")
    }

    @Test func `its holder hands a task back: the same attempt, due now`() throws {
        var run = try started(one)
        run.held("a", attempt: 0)
        _ = run.settle()
        let other = run.held("a", attempt: 0, by: "w2", for: 0)
        #expect(other == .ignored(.notHolder))
        let holder = run.held("a", attempt: 0, by: "w1", for: 0)
        #expect(holder == .recorded)
        #expect(run.settle() == [])
        #expect(run.retryRows == ["a/0"])
        #expect(run.lastDecision.retries.first?.delay == 0)
        #expect(run.lastDecision.attempts.isEmpty)
        #expect(run.status("a") == .retrying)
        run.done("a", attempt: 0)
        _ = run.settle()
        #expect(run.machine.status == .completed)
        #expect(run.rows["a"]?.attempts == 1)
    }

    @Test func `a task is handed back before anybody held it`() throws {
        var run = try started(one)
        let back = run.held("a", attempt: 0, for: 0)
        #expect(back == .recorded)
        _ = run.settle()
        #expect(run.retryRows == ["a/0"])
    }

    @Test func `held and handed back in one turn leaves the retry row there`() throws {
        var run = try started(one)
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        run.held("a", attempt: 1)
        run.held("a", attempt: 1, for: 0)
        _ = run.settle()
        #expect(run.retryRows == ["a/1"])
        #expect(run.lastDecision.droppedRetries.isEmpty)
        #expect(run.lastDecision.tasks.count == 1)
    }

    @Test func `a hand-back while the run is paused waits for its end`() throws {
        var run = try started(one)
        run.held("a", attempt: 0)
        _ = run.settle()
        _ = run.command(.pause, id: "p")
        run.held("a", attempt: 0, for: 0)
        _ = run.settle()
        #expect(run.lastDecision.retries.map(\.isParked) == [true])
    }

    @Test func `a silent holder loses its task to another attempt`() throws {
        var run = try started(one)
        run.held("a", attempt: 0)
        _ = run.settle()
        let early = run.look()
        #expect(early.isEmpty)
        run.time += 61_000_000
        let suspects = run.look()
        #expect(suspects.map(\.kind) == [.held])
        let isLost = run.judge(suspects[0])
        #expect(isLost)
        _ = run.settle()
        #expect(run.retryRows == ["a/1"])
        let attempt = run.lastDecision.attempts.first
        #expect(attempt?.errorClass == .workerLost)
        #expect(attempt?.workerID.map { String(decoding: $0, as: UTF8.self) } == "w1")
    }

    @Test func `a holder that was heard of after all keeps its task`() throws {
        var run = try started(one)
        run.held("a", attempt: 0)
        _ = run.settle()
        run.time += 61_000_000
        let suspects = run.look()
        _ = run.settle()
        run.held("a", attempt: 0)
        _ = run.settle()
        let isLost = run.judge(suspects[0])
        #expect(!isLost)
        #expect(run.status("a") == .running)
    }

    @Test func `the lane enforces the time limit of a held task`() throws {
        var run = try started(#"{"tasks":[{"task_id":"a","handler":"echo","timeout":100,"max_retries":0}]}"#)
        run.held("a", attempt: 0)
        _ = run.settle()
        run.time += 50_000_000
        run.held("a", attempt: 0)
        _ = run.settle()
        run.time += 50_000_000
        let suspects = run.look()
        #expect(suspects.map(\.kind) == [.overdue])
        let isLost = run.judge(suspects[0])
        #expect(isLost)
        _ = run.settle()
        #expect(run.machine.status == .failed)
        #expect(run.rows["a"]?.errorClass == .timeout)
        #expect(run.error == "task a failed: timeout: the task did not end within 100000 ms")
    }
}
