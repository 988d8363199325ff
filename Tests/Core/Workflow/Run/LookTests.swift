import JSON
import Testing

@testable import Workflow

@Suite struct LookTests {
    private let two = """
        {"tasks":[{"task_id":"a","handler":"echo","timeout":20},
        {"task_id":"b","handler":"echo","timeout":10,"depends_on":["a"]}]}
        """

    @Test func `a run is looked at after the smallest time limit of its tasks`() throws {
        let run = try Dialogue(two)
        #expect(run.runRow.state.nextCheckAt == 11_000_000)
    }

    @Test func `its own time limit comes first when it is smaller`() throws {
        let run = try Dialogue(#"{"timeout":3,"tasks":[{"task_id":"a","handler":"echo"}]}"#)
        #expect(run.runRow.state.nextCheckAt == 4_000_000)
    }

    @Test func `results do not move the next look`() throws {
        var run = try Dialogue(two)
        _ = run.settle()
        run.done("a")
        _ = run.settle()
        #expect(run.lastDecision.runStates.isEmpty)
    }

    @Test func `a look finds what is out and puts off the next one`() throws {
        var run = try Dialogue(two)
        _ = run.settle()
        run.time += 10_000_000
        let now = run.time
        let suspects = run.look()
        _ = run.settle()
        #expect(suspects.map(\.kind) == [.out])
        #expect(suspects.map { "\($0.attempt.taskID)" } == ["a"])
        #expect(run.runRow.state.nextCheckAt == now + 10_000_000)
    }

    @Test func `what is still out after the second look is dispatched again as the same attempt`() throws {
        var run = try Dialogue(two)
        _ = run.settle()
        let suspect = run.look()[0]
        _ = run.settle()
        let isLost = run.judge(suspect)
        #expect(isLost)
        #expect(run.settle() == [])
        #expect(run.retryRows == ["a/0"])
        #expect(run.lastDecision.attempts.isEmpty)
        run.done("a", attempt: 0)
        #expect(run.settle() == ["b"])
    }

    @Test func `an attempt that vanishes a third time has failed, and its row says meanwhile why`() throws {
        var run = try Dialogue(two)
        _ = run.settle()
        for time in ["second", "third"] {
            let suspect = run.look()[0]
            _ = run.settle()
            _ = run.judge(suspect)
            _ = run.settle()
            let error = run.rows["a"]?.error.map { String(decoding: $0, as: UTF8.self) }
            #expect(error == "worker_lost: no answer came back; dispatched a \(time) time")
            #expect(run.lastDecision.attempts.isEmpty && run.retryRows == ["a/0"])
            run.time += 30_000_000
        }
        let suspect = run.look()[0]
        _ = run.settle()
        _ = run.judge(suspect)
        _ = run.settle()
        #expect(run.lastDecision.attempts.map(\.errorClass) == [.workerLost])
        #expect(run.retryRows == ["a/1"])
    }

    @Test func `what came back between the looks is left alone`() throws {
        var run = try Dialogue(two)
        _ = run.settle()
        let suspect = run.look()[0]
        _ = run.settle()
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        let isLost = run.judge(suspect)
        #expect(!isLost)
    }

    @Test func `a new owner finds the same suspects in the rows`() throws {
        var run = try Dialogue(two)
        _ = run.settle()
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        run.time += 60_000_000
        var folded = run.folded()
        let ours = run.look()
        let theirs = folded.look(turn: run.turn)
        #expect(ours == theirs)
        #expect(ours.map(\.attempt.attempt) == [1])
    }

    @Test func `a retry that is not due yet is not out`() throws {
        var run = try Dialogue(two)
        _ = run.settle()
        run.failed("a", attempt: 0, .transient)
        _ = run.settle()
        let early = run.look()
        #expect(early.isEmpty)
    }

    @Test func `a paused run is looked at only for what is held`() throws {
        var run = try Dialogue(two)
        _ = run.settle()
        _ = run.command(.pause, id: "p")
        _ = run.settle()
        #expect(run.runRow.state.nextCheckAt == nil)
        run.held("a", attempt: 0, for: 5_000_000)
        let until = run.time + 5_000_000
        _ = run.settle()
        #expect(run.runRow.state.nextCheckAt == until)
        _ = run.command(.resume, id: "r")
        _ = run.settle()
        #expect(run.runRow.state.nextCheckAt != nil)
    }
}
