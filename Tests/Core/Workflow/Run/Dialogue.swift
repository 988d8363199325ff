import JSON
import Testing

@testable import Workflow

/// A run in conversation: inputs go in by turns, and what was recorded and dispatched comes out as words.
struct Dialogue {
    var machine: RunMachine
    var decision = Decision()
    var batch: Int64 = 1
    var time: Microseconds = 1_000_000
    var announcements = AnnouncementLevel.off
    /// Every row ever recorded, as a store would keep them.
    private(set) var rows: [Identifier: TaskRow] = [:]
    private(set) var runRow: RunRow

    init(_ definition: String, input: String = "{}", announcements: AnnouncementLevel = .off) throws {
        let settings = FlowSettings().anyPool
        let flow = try Flow.compile(Array(definition.utf8)[...], flowID: "demo", settings: settings).get()
        var request = RunRequest(runID: "run", flowID: "demo", sessionID: "session")
        request.input = Array(input.utf8)[...]
        let turn = TurnContext(time: 1_000_000, batch: 1, patterns: ErrorPatterns(), announcements: announcements)
        self.announcements = announcements
        machine = RunMachine(request, flow: flow, version: nil, lane: 0, turn: turn)
        runRow = machine.row
        machine.enterAsNew(&decision)
    }

    var turn: TurnContext {
        TurnContext(time: time, batch: batch, patterns: ErrorPatterns(), announcements: announcements)
    }

    /// Ends the turn: the ids it dispatches, in order.
    mutating func settle() -> [String] {
        machine.settle(turn: turn, into: &decision)
        for row in decision.newRuns { runRow = row }
        for change in decision.runStates { runRow.state = change.state }
        for row in decision.tasks { rows[row.taskID] = row }
        let ids = dispatched(decision.work)
        lastWork = decision.work
        lastDecision = decision
        decision = Decision()
        batch += 1
        time += 1_000_000
        return ids
    }
    private(set) var lastWork = OutBatch()
    private(set) var lastDecision = Decision()

    @discardableResult
    mutating func done(_ task: Identifier, attempt: Int32? = nil, output: String = "null") -> RunMachine.Effect {
        let outcome = TaskResult.Outcome.succeeded(output: Array(output.utf8)[...])
        return apply(TaskResult(runID: "run", taskID: task, attempt: attempt, outcome: outcome))
    }

    @discardableResult
    mutating func failed(
        _ task: Identifier, attempt: Int32? = nil, _ errorClass: ErrorClass? = .permanent, error: String = "broken"
    ) -> RunMachine.Effect {
        let failure = TaskFailure(error: Array(error.utf8)[...], errorClass: errorClass)
        return apply(TaskResult(runID: "run", taskID: task, attempt: attempt, outcome: .failed(failure)))
    }

    mutating func apply(_ result: TaskResult) -> RunMachine.Effect {
        machine.apply(result, turn: turn, into: &decision)
    }

    mutating func command(_ action: RunCommand.Action, id: String = "c1") -> RunMachine.CommandAnswer {
        machine.apply(
            RunCommand(action: action, runID: "run", requestID: Array(id.utf8)[...]), turn: turn, into: &decision)
    }

    @discardableResult
    mutating func held(
        _ task: Identifier, attempt: Int32? = nil, by worker: String = "w1", for span: Microseconds = 60_000_000
    ) -> RunMachine.Effect {
        var result = TaskResult(runID: "run", taskID: task, attempt: attempt, outcome: .held(for: span))
        result.workerID = Array(worker.utf8)[...]
        return apply(result)
    }

    mutating func retry(
        _ tasks: [Identifier]? = nil, after attempt: Int32? = nil, id: String = "r1"
    ) -> RunMachine.CommandAnswer {
        var command = RunCommand(action: .retry, runID: "run", requestID: Array(id.utf8)[...])
        command.taskIDs = tasks
        command.afterAttempt = attempt
        return machine.apply(command, turn: turn, into: &decision)
    }

    /// What the last turn dispatched of a task.
    func message(of task: String) -> Bytes? {
        lastWork.entries.map { lastWork.value(of: $0) }.first {
            JSONValue(trusted: $0).member("task_id")?.text?.elementsEqual(task.utf8) == true
        }
    }

    /// What a look at the run finds now.
    mutating func look() -> [Suspect] { machine.look(turn: turn) }

    mutating func judge(_ suspect: Suspect) -> Bool { machine.judge(suspect, turn: turn, into: &decision) }

    /// `task/attempt` of every retry row of the last turn.
    var retryRows: [String] { lastDecision.retries.map { "\($0.taskID)/\($0.attempt)" } }

    func status(_ task: Identifier) -> TaskStatus? {
        machine.flow.index(of: task).map { machine.slots[$0].status }
    }

    var output: String? { machine.row.state.output.map { String(decoding: $0, as: UTF8.self) } }
    var error: String? { machine.row.state.error.map { String(decoding: $0, as: UTF8.self) } }

    /// The machine that a new owner folds out of the rows.
    func folded() -> RunMachine {
        let stored = rows.values.map { row in
            StoredTask(
                taskID: row.taskID, status: row.status, attempts: row.attempts, attemptBase: row.attemptBase,
                batch: row.batch, output: row.output, error: row.error, errorClass: row.errorClass,
                createdAt: row.createdAt, completedAt: row.completedAt, nextRetryAt: row.nextRetryAt,
                heldUntil: row.heldUntil, heldSince: row.heldSince, workerID: row.workerID,
                next: row.next)
        }
        return RunMachine(RunRows(run: runRow, tasks: stored), flow: machine.flow)
    }
}

func dispatched(_ work: OutBatch) -> [String] {
    work.entries.filter { if case .taskQueue = $0.topic { true } else { false } }.map { entry in
        let text = JSONValue(trusted: work.value(of: entry)).member("task_id")?.text ?? []
        return String(decoding: text, as: UTF8.self)
    }
}

/// `chain("a", "b")`: each task depends on the one before.
func chain(_ ids: String...) -> String {
    let tasks = ids.enumerated().map { position, id in
        let before = position == 0 ? "" : #","depends_on":["\#(ids[position - 1])"]"#
        return #"{"task_id":"\#(id)","handler":"echo"\#(before)}"#
    }
    return #"{"tasks":[\#(tasks.joined(separator: ","))]}"#
}
