import JSON
import Testing

@testable import Workflow

/// Who is told to end when a run does, and who is not when it lives again.
@Suite struct CancelMarkTests {
    @Test func `tasks of a failed run that are out are to end, those of its next life are not`() throws {
        var run = try Dialogue(
            #"{"fail_fast":true,"tasks":[{"task_id":"a","handler":"echo"},{"task_id":"x","handler":"echo"}]}"#)
        _ = run.settle()
        let before = try #require(run.message(of: "x"))
        #expect(run.machine.cancelMark == nil)
        run.failed("a", attempt: 0)
        _ = run.settle()
        let mark = try #require(run.machine.cancelMark)
        #expect(run.folded().cancelMark == mark)
        // The clock may stand still: another life has a later time all the same.
        run.time = mark
        _ = run.retry()
        _ = run.settle()
        #expect(run.machine.cancelMark == nil)
        var reader = TaskMessageReader()
        let (old, new) = (try reader.read(before), try run.lastDecision.retries.map { try reader.read($0.message) })
        #expect(old.isDispatched(by: mark))
        #expect(new.count == 2 && !new.contains { $0.isDispatched(by: mark) })
        #expect(run.command(.cancel) == .done)
        #expect(run.machine.cancelMark == .max)
    }

    @Test func `a run that failed because no task was out asks nobody to end`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        run.failed("a", attempt: 0)
        _ = run.settle()
        #expect(run.machine.status == .failed && run.machine.cancelMark == nil)
    }

    @Test func `a run that a task of class cancelled ended lives again`() throws {
        var run = try Dialogue(chain("a", "b"))
        _ = run.settle()
        run.failed("a", attempt: 0, .cancelled)
        _ = run.settle()
        #expect(run.machine.status == .failed && run.status("a") == .cancelled)
        #expect(run.retry() == .done)
        _ = run.settle()
        #expect(run.retryRows == ["a/1"])
        #expect(run.lastDecision.redriven.map(\.taskID) == ["a"])
        #expect(run.machine.status == .running)
    }
}
