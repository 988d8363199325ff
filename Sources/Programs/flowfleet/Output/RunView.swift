import Workflow

/// Shows a run again and again: redrawn in place on a terminal, else the changes since the last look.
final class RunView {
    private let call: Invocation
    private var drawn = 0
    private var lastStatus = ""
    private var lastTasks: [String: TaskRecord] = [:]
    private var saidUnknown = false

    init(_ call: Invocation) {
        self.call = call
    }

    func show(unknown runID: String) {
        guard !saidUnknown else { return }
        saidUnknown = true
        call.console.note("run \(runID) is not known yet")
    }

    func show(_ run: RunRecord, _ tasks: [TaskRecord]) {
        if call.console.dataIsTerminal, call.printer.format == .table { redraw(run, tasks) } else { tell(run, tasks) }
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
        guard call.printer.format == .table else { return call.console.put(bytes: OutputRecord(task).json) }
        let note = task.note.map { "  " + TextTable.harmless($0) } ?? ""
        call.console.put("task \(task.taskID)  \(task.status)  attempts \(task.attempts)\(note)")
    }

    private func tell(_ run: RunRecord) {
        guard run.status != lastStatus else { return }
        lastStatus = run.status
        guard call.printer.format == .table else {
            return call.console.put(bytes: OutputRecord(run, inList: true).json)
        }
        call.console.put(RunEnd.line(run))
    }

    /// Tasks that merely wait are not news.
    private func hasChanged(_ task: TaskRecord) -> Bool {
        guard let last = lastTasks[task.taskID] else { return task.status != "pending" }
        return last.status != task.status || last.attempts != task.attempts
    }
}
