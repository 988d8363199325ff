import Workflow

/// What `run watch` shows: the run, how many tasks are in which status, and the tasks that matter most.
///
/// Pure: lines in the order they stand on the screen.
struct RunScreen {
    let run: RunRecord
    let tasks: [TaskRecord]

    /// - `height`: lines that fit; tasks that are left out are counted in the last line.
    func lines(height: Int, width: Int?, usesColour: Bool) -> [String] {
        let room = max(3, height - 5)
        let shown = RunScreen.chosen(tasks, room)
        let printer = TextTable(titles: titles, rows: shown.map(cells), width: width)
        var lines = [headline(usesColour), counts, ""]
        lines += usesColour ? printer.lines(painting: Colour.paint) : printer.lines()
        if shown.count < tasks.count { lines.append("… and \(tasks.count - shown.count) more tasks") }
        return lines
    }

    private var titles: [String] { ["TASK", "STATUS", "ATTEMPTS", "MS", "NOTE"] }

    private func cells(_ task: TaskRecord) -> [String] {
        let time = task.executionMilliseconds.map(String.init) ?? "-"
        return [task.taskID, task.status, String(task.attempts), time, task.note ?? ""]
    }

    private func headline(_ usesColour: Bool) -> String {
        let status = usesColour ? Colour.paint(run.status, as: run.status) : run.status
        let error = run.error.map { ": " + TextTable.harmless($0) } ?? ""
        return "run \(TextTable.harmless(run.runID)) of \(TextTable.harmless(run.flowID))  \(status)\(error)"
    }

    /// Such as `12 tasks: 3 succeeded, 9 pending`.
    var counts: String {
        var byStatus: [String: Int] = [:]
        for task in tasks { byStatus[task.status, default: 0] += 1 }
        let order = ["failed", "retrying", "running", "succeeded", "degraded", "cancelled", "skipped", "pending"]
        let parts = order.compactMap { status in byStatus[status].map { "\($0) \(status)" } }
        return (tasks.count == 1 ? "1 task" : "\(tasks.count) tasks")
            + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }

    /// The tasks that fit: those in trouble and at work first, each group in stage order.
    static func chosen(_ tasks: [TaskRecord], _ room: Int) -> [TaskRecord] {
        guard tasks.count > room else { return tasks }
        let urgent = ["failed", "retrying", "running", "degraded"]
        let ranked = tasks.enumerated().sorted { one, other in
            let ranks = (rank(one.element, urgent), rank(other.element, urgent))
            return (ranks.0, one.offset) < (ranks.1, other.offset)
        }
        return ranked.prefix(room).sorted { $0.offset < $1.offset }.map(\.element)
    }

    private static func rank(_ task: TaskRecord, _ urgent: [String]) -> Int {
        urgent.firstIndex(of: task.status) ?? (task.status == "pending" && task.waitingFor.isEmpty ? 4 : 5)
    }
}
