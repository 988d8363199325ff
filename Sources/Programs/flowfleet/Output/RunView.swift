import Workflow

/// Shows a run again and again: redrawn in place on a terminal, else the changes since the last look.
final class RunView {
    private let call: Invocation
    private var drawn = 0
    private var lastStatus = ""
    private var lastTasks: [String: TaskRecord] = [:]
    private var saidUnknown = false
    /// What the last look took.
    private(set) var cost = Duration.zero

    init(_ call: Invocation) {
        self.call = call
    }

    func show(unknown runID: String) {
        guard !saidUnknown else { return }
        saidUnknown = true
        call.console.note("run \(runID) is not known yet")
    }

    /// - `cost`: how long it took to read them.
    func show(_ run: RunRecord, _ tasks: [TaskRecord], taking cost: Duration) {
        self.cost = cost
        guard call.format != .json else { return }
        if call.console.dataIsTerminal, call.format == .table { redraw(run, tasks) } else { tell(run, tasks) }
    }

    private func redraw(_ run: RunRecord, _ tasks: [TaskRecord]) {
        let console = call.console
        let screen = RunScreen(run: run, tasks: tasks)
        let lines = screen.lines(height: console.height ?? 24, width: console.width, usesColour: console.usesColour)
        let back = drawn > 0 ? "\u{1B}[\(drawn)A\u{1B}[J" : ""
        drawn = lines.count
        console.put(back + lines.joined(separator: "\n"))
    }

    /// The run's beginning before its tasks, its end behind them.
    private func tell(_ run: RunRecord, _ tasks: [TaskRecord]) {
        if !run.hasEnded { tell(run) }
        for task in tasks where hasChanged(task) {
            lastTasks[task.taskID] = task
            tell(task)
        }
        if run.hasEnded { tell(run) }
    }

    private func tell(_ task: TaskRecord) {
        guard call.format == .table else { return call.console.put(bytes: OutputRecord(task).json) }
        let note = task.note.map { "  " + TextTable.harmless($0) } ?? ""
        call.console.put("task \(task.taskID)  \(task.status)  attempts \(task.attempts)\(note)")
    }

    private func tell(_ run: RunRecord) {
        guard run.status != lastStatus else { return }
        lastStatus = run.status
        guard call.format == .table else { return call.console.put(bytes: OutputRecord(run).json) }
        call.console.put(RunEnd.line(run.runID, run.status, isDegraded: run.isDegraded, run.error))
    }

    /// Tasks that merely wait are not news.
    private func hasChanged(_ task: TaskRecord) -> Bool {
        guard let last = lastTasks[task.taskID] else { return task.status != "pending" }
        return last.status != task.status || last.attempts != task.attempts
    }
}

extension OutputRecord {
    /// A change of a run, as a line for programs.
    fileprivate init(_ run: RunRecord) {
        self.init()
        add("run_id", .text(run.runID))
        add("flow_id", .text(run.flowID))
        add("status", .text(run.status))
        add("completed_at", Value(run.completedAt))
        add("error", Value(run.error))
    }

    fileprivate init(_ task: TaskRecord) {
        self.init()
        add("task_id", .text(task.taskID))
        add("status", .text(task.status))
        add("attempts", .number(task.attempts))
        add("execution_time_ms", Value(task.executionMilliseconds))
        add("next_retry_at", Value(task.nextRetryAt))
        add("error", Value(task.error))
        add("waiting", Value(task.waiting))
    }
}
