public import Workflow

/// One true sentence on what a run or a task is waiting for, or why it has ended. Pure: everything it says is in what
/// it is given.
public enum Why {
    /// What is known beside the rows.
    public struct Sights: Equatable, Sendable {
        /// Who says that it executes a task, by task.
        public var executions: [String: TaskExecution]
        /// Dependencies by task, from the definition.
        public var dependencies: [String: [String]]
        /// Whether any retry worker has shown itself; nil when nobody can be asked.
        public var hasRetryWorker: Bool?
        /// The same of orchestrators.
        public var hasOrchestrator: Bool?

        public init(
            executions: [String: TaskExecution] = [:], dependencies: [String: [String]] = [:],
            hasRetryWorker: Bool? = nil, hasOrchestrator: Bool? = nil
        ) {
            self.executions = executions
            self.dependencies = dependencies
            self.hasRetryWorker = hasRetryWorker
            self.hasOrchestrator = hasOrchestrator
        }

        /// What stands behind everything that waits for a lane.
        var missingOrchestrator: String? {
            hasOrchestrator == false ? "no orchestrator has been seen for 30 s, and without one nothing goes on" : nil
        }
    }

    /// For an id without a row.
    public static func unknown(_ runID: String) -> String {
        "run \(runID) is not known: either nobody asked for it, or no orchestrator has taken its request yet"
    }

    /// For a stage retry that has no row yet.
    public static func inLine(_ runID: String, behind parent: String) -> String {
        "run \(runID) stands in line: another retry of run \(parent) is live, and it is made when that has ended"
    }

    /// For a request that the gateway has sent and no lane has taken.
    public static func requested(_ run: RequestedRun, _ sights: Sights) -> String {
        "run \(run.runID) was asked for at \(run.at) and waits for an orchestrator to take it"
            + (sights.missingOrchestrator.map { "; \($0)" } ?? "")
    }

    public static func run(_ run: RunRecord, _ tasks: [TaskRecord], _ sights: Sights) -> String {
        "run \(run.runID) " + runClause(run, tasks, sights)
    }

    public static func task(
        _ task: TaskRecord, of run: RunRecord, _ tasks: [TaskRecord], _ sights: Sights
    ) -> String {
        "task \(task.taskID) " + taskClause(task, run, tasks, sights)
    }

    private static func runClause(_ run: RunRecord, _ tasks: [TaskRecord], _ sights: Sights) -> String {
        switch run.status {
        case "completed":
            let degraded = tasks.filter { $0.status == "degraded" }.map(\.taskID)
            let but = run.isDegraded ? ", with incomplete results of \(list(degraded))" : ""
            return "completed at \(run.completedAt ?? "?")\(but)"
        case "failed": return "failed at \(run.completedAt ?? "?"): \(run.error ?? "no error was kept")"
        case "cancelled":
            return "was cancelled\(by(run.cancelledBy)) at \(run.completedAt ?? "?")\(because(run.cancelReason))"
        case "paused":
            let out = tasks.count { sights.executions[$0.taskID] != nil || $0.status == "running" }
            let rest = out > 0 ? "; \(count(out, "task")) that runs already may end" : ""
            return "is paused\(by(run.pausedBy)) since \(run.pausedAt ?? run.updatedAt)\(because(run.pauseReason)): "
                + "nothing new starts until it is resumed\(rest)"
        default: return runningClause(run, tasks, sights)
        }
    }

    private static func runningClause(_ run: RunRecord, _ tasks: [TaskRecord], _ sights: Sights) -> String {
        let open = tasks.filter { isOpen($0) }
        let verb = tasks.count == 1 ? "has" : "have"
        let ended = "\(tasks.count - open.count) of \(count(tasks.count, "task")) \(verb) ended"
        let moving = open.filter { $0.waitingFor.isEmpty }
        guard let first = moving.max(by: { weight($0, sights) < weight($1, sights) }) else {
            return "is running: \(ended)"
        }
        let others = moving.count > 1 ? ", beside \(count(moving.count - 1, "other task"))" : ""
        return "is running: \(ended), and it waits for \(first.taskID), which \(taskClause(first, run, tasks, sights))"
            + others
    }

    /// What holds a run up comes before what merely takes its time.
    private static func weight(_ task: TaskRecord, _ sights: Sights) -> Int {
        if task.waiting != nil { return 4 }
        if task.status == "retrying" { return 3 }
        if task.status == "pending", sights.executions[task.taskID] == nil { return 2 }
        return 1
    }

    private static func isOpen(_ task: TaskRecord) -> Bool {
        ["pending", "running", "retrying"].contains(task.status)
    }

    // MARK: Tasks

    private static func taskClause(
        _ task: TaskRecord, _ run: RunRecord, _ tasks: [TaskRecord], _ sights: Sights
    ) -> String {
        switch task.status {
        case "pending": return pendingClause(task, tasks, sights)
        case "running":
            return "runs at worker \(task.workerID ?? "?") since \(task.heldSince ?? task.startedAt ?? "?"), "
                + "which has promised word of it until \(task.heldUntil ?? "?")"
        case "retrying": return retryingClause(task, sights)
        case "skipped": return skippedClause(task, tasks, sights)
        case "cancelled":
            return "was cancelled at \(task.completedAt ?? "?"), because \(cancelCause(task, run, tasks))"
        default: return endedClause(task)
        }
    }

    private static func pendingClause(_ task: TaskRecord, _ tasks: [TaskRecord], _ sights: Sights) -> String {
        if !task.waitingFor.isEmpty {
            let statuses = task.waitingFor.prefix(3).map { id in
                "\(id) (\(tasks.first { $0.taskID == id }?.status ?? "pending"))"
            }
            let more = task.waitingFor.count > 3 ? " and \(task.waitingFor.count - 3) more" : ""
            return "waits for \(statuses.joined(separator: ", "))\(more), which it depends on"
        }
        if let execution = sights.executions[task.taskID] { return runsClause(execution) }
        let pool = task.pool ?? "default"
        if let missing = sights.missingOrchestrator { return "was ready for pool \(pool), but \(missing)" }
        if let waiting = task.waiting {
            return waiting.hasPrefix("no executor")
                ? "is queued in pool \(pool), but \(waiting)" : "is ready, but \(waiting)"
        }
        return "is queued in pool \(pool) until an executor has a slot free for it"
    }

    private static func runsClause(_ execution: TaskExecution) -> String {
        "runs at worker \(execution.workerID) since \(execution.since) (attempt \(execution.attempt))"
    }

    private static func retryingClause(_ task: TaskRecord, _ sights: Sights) -> String {
        if let execution = sights.executions[task.taskID], execution.attempt >= task.attempts {
            return runsClause(execution)
        }
        let error = task.error.map { ", after: \($0)" } ?? ""
        if let waiting = task.waiting { return "is held back: \(waiting)" }
        let due = task.nextRetryAt ?? "?"
        guard task.isRetryDue else { return "is tried again (attempt \(task.attempts)) at \(due)\(error)" }
        let missing = sights.hasRetryWorker == false ? ", but no retry worker has been seen for 30 s" : ""
        return "has been due for attempt \(task.attempts) since \(due)\(missing)\(error)"
    }

    private static func skippedClause(_ task: TaskRecord, _ tasks: [TaskRecord], _ sights: Sights) -> String {
        guard let cause = cause(above: task.taskID, tasks, sights) else {
            return "was skipped, because something it depends on has no output"
        }
        return "was skipped, because \(cause.taskID), which it depends on, is \(cause.status)"
            + (cause.error.map { ": \($0)" } ?? "")
    }

    /// Where the trouble began: past what was skipped itself.
    private static func cause(above id: String, _ tasks: [TaskRecord], _ sights: Sights) -> TaskRecord? {
        var (next, seen) = ([id], Set<String>())
        while let id = next.popLast() {
            for above in sights.dependencies[id] ?? [] where seen.insert(above).inserted {
                guard let task = tasks.first(where: { $0.taskID == above }) else { continue }
                if task.status == "failed" || task.status == "cancelled" { return task }
                if task.status == "skipped" { next.append(above) }
            }
        }
        return nil
    }

    private static func cancelCause(_ task: TaskRecord, _ run: RunRecord, _ tasks: [TaskRecord]) -> String {
        if let error = task.error { return "its handler ended it: \(error)" }
        if run.status == "cancelled" { return "the run was cancelled\(by(run.cancelledBy))" }
        if let error = run.error, error.hasPrefix("timeout") { return "the run's time was up" }
        if let failed = tasks.first(where: { $0.status == "failed" }) {
            return "\(failed.taskID) failed and the flow fails fast"
        }
        return "the run was stopped"
    }

    private static func endedClause(_ task: TaskRecord) -> String {
        if let source = task.reusedFrom { return "\(task.status) in run \(source), and is reused from there" }
        let at = task.completedAt ?? "?"
        let tries = count(task.attempts, "attempt")
        switch task.status {
        case "succeeded":
            let time = task.executionMilliseconds.map { " (\($0) ms)" } ?? ""
            return "succeeded at \(at) after \(tries)\(time)"
        case "degraded":
            return "is degraded since \(at): \(task.error ?? "its handler said that its output is not complete")"
        default:
            let kind = task.errorClass.map { " (\($0))" } ?? ""
            return "failed for good at \(at) after \(tries)\(kind): \(task.error ?? "no error was kept")"
        }
    }

    // MARK: Words

    private static func by(_ actor: String?) -> String { actor.map { " by \($0)" } ?? "" }
    private static func because(_ reason: String?) -> String { reason.map { " (\($0))" } ?? "" }
    private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func list(_ ids: [String]) -> String {
        ids.prefix(5).joined(separator: ", ") + (ids.count > 5 ? " and \(ids.count - 5) more" : "")
    }
}
