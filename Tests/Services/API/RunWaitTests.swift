import API
import JSON
import Testing
import Workflow

/// A clock that moves only when somebody pauses.
final class Clock {
    var now: Duration = .zero
    var pauses: [Duration] = []

    func wait(limit: Duration?, unknownLimit: Duration? = nil) -> RunWait {
        RunWait(limit: limit, unknownLimit: unknownLimit, elapsed: { self.now }, pause: move)
    }

    private func move(_ pause: Duration) -> Bool {
        pauses.append(pause)
        now += pause
        return true
    }
}

@Suite struct RunWaitTests {
    let clock = Clock()

    static func run(_ status: String) -> RunRecord {
        var run = RunRecord()
        run.runID = "r"
        run.status = status
        run.completedAt = ["completed", "failed", "cancelled"].contains(status) ? "then" : nil
        return run
    }

    func reader(_ looks: [RunRecord?]) -> RunReader { RunReader(store: RunsTwin(looks), settings: FlowSettings()) }

    @Test func `a wait ends with the run`() throws {
        let looks: [RunRecord?] = [nil, Self.run("requested"), Self.run("running"), Self.run("completed")]
        let outcome = try clock.wait(limit: nil).forRun("r", reader: reader(looks))
        #expect(outcome == .ended(Self.run("completed")))
        #expect(clock.pauses.count == 3)
    }

    @Test func `the time limit is kept to the millisecond`() throws {
        let outcome = try clock.wait(limit: .seconds(3)).forRun("r", reader: reader([Self.run("running")]))
        #expect(outcome == .timedOut(Self.run("running")))
        #expect(clock.now == .seconds(3))
    }

    @Test func `looks become rarer, but never rarer than the longest pause`() throws {
        _ = try clock.wait(limit: .seconds(60)).forRun("r", reader: reader([Self.run("running")]))
        let grows = zip(clock.pauses, clock.pauses.dropFirst()).dropLast().allSatisfy { $0 <= $1 }
        #expect(clock.pauses.first == .milliseconds(20))
        #expect(grows)
        #expect(clock.pauses.max() == .milliseconds(500))
    }

    @Test func `an id that stays unknown is told apart from a slow run`() throws {
        let wait = clock.wait(limit: .seconds(60), unknownLimit: .seconds(10))
        let outcome = try wait.forRun("r", reader: reader([nil]))
        #expect(outcome == .unknown)
    }

    @Test func `a command's outcome is waited for`() throws {
        let store = RunsTwin()
        store.outcomes = [nil, nil, CommandOutcome(isDone: false, detail: "already completed")]
        let reader = RunReader(store: store, settings: FlowSettings())
        let command = CommandDraft(.cancel, runID: "r", requestID: "q")
        let outcome = try clock.wait(limit: .seconds(5)).forOutcome(of: command, reader: reader)
        let none = try clock.wait(limit: .seconds(20)).forOutcome(of: command, reader: reader)
        #expect(outcome == CommandOutcome(isDone: false, detail: "already completed"))
        #expect(none == nil)
    }

    @Test func `the answer to another command under the same request id is a conflict`() throws {
        let store = RunsTwin()
        store.outcomes = [CommandOutcome(isDone: true, detail: nil, action: "flow_run_pause_requested")]
        let reader = RunReader(store: store, settings: FlowSettings())
        let command = CommandDraft(.cancel, runID: "r", requestID: "q")
        let failure = #expect(throws: ServiceFailure.self) {
            try clock.wait(limit: .seconds(5)).forOutcome(of: command, reader: reader)
        }
        #expect(failure?.code == .conflict)
        #expect(failure?.message.contains("flow_run_pause_requested") == true)
    }
}
