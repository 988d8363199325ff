import JSON
import Workflow

/// The tasks of a run as people want to see them: all of them, in the order of their stages.
///
/// Rows exist only for what happened. A task without a row is pending while its run goes on (with the dependencies it
/// waits for; none means it has been dispatched, unless its run was paused by then), and was never started once its run
/// has ended.
enum TaskList {
    static func complete(_ recorded: [TaskRecord], flow: Flow, run: RunRecord) -> [TaskRecord] {
        var byID: [String: TaskRecord] = [:]
        for task in recorded { byID[task.taskID] = task }
        let known = flow.order.map { index in
            let task = flow.tasks[index]
            var record = byID.removeValue(forKey: task.id.description) ?? derived(task, run: run)
            record.pool = task.pool.description
            return record
        }
        let all = fillWaiting(known, flow: flow) + byID.values.sorted { $0.taskID < $1.taskID }
        return run.pausedAt.map { holdBack(all, flow, run, since: $0) } ?? all
    }

    /// What a paused run does not start: retries, and tasks whose dependencies were there after the pause. Times are of
    /// one clock and one form, so their texts compare.
    private static func holdBack(
        _ records: [TaskRecord], _ flow: Flow, _ run: RunRecord, since pause: String
    ) -> [TaskRecord] {
        let ends = Dictionary(records.map { ($0.taskID, $0.completedAt ?? "") }) { first, _ in first }
        return records.map { record in
            guard record.status == "retrying" || record.status == "pending", record.waitingFor.isEmpty,
                record.waiting == nil
            else { return record }
            let index = flow.index(of: Identifier(record.taskID))
            let dependencies = index.map { flow.tasks[$0].dependsOn.map { flow.tasks[$0].id.description } } ?? []
            let readyAt = dependencies.compactMap { ends[$0] }.max() ?? run.createdAt
            guard record.status == "retrying" || readyAt >= pause else { return record }
            var record = record
            record.waiting = "the run is paused since \(pause)"
            return record
        }
    }

    private static func derived(_ task: FlowTask, run: RunRecord) -> TaskRecord {
        var record = TaskRecord()
        record.taskID = task.id.description
        record.handler = task.handler.description
        record.stageOrder = task.stageOrder
        record.status = run.hasEnded ? (run.status == "cancelled" ? "cancelled" : "skipped") : "pending"
        return record
    }

    private static func fillWaiting(_ records: [TaskRecord], flow: Flow) -> [TaskRecord] {
        let usable = Set(records.filter { $0.status == "succeeded" || $0.status == "degraded" }.map(\.taskID))
        return records.map { record in
            guard record.status == "pending", let index = flow.index(of: Identifier(record.taskID)) else {
                return record
            }
            var record = record
            record.waitingFor = flow.tasks[index].dependsOn.map { flow.tasks[$0].id.description }
                .filter { !usable.contains($0) }
            return record
        }
    }
}
