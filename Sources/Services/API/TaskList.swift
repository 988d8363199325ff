import JSON
import Workflow

/// The tasks of a run as people want to see them: all of them, in the order of their stages.
///
/// Rows exist only for what happened. A task without a row is pending while its run goes on (with the dependencies it
/// waits for; none means it has been dispatched), and was never started once its run has ended.
enum TaskList {
    static func complete(_ recorded: [TaskRecord], flow: Flow, run: RunRecord) -> [TaskRecord] {
        var byID: [String: TaskRecord] = [:]
        for task in recorded { byID[task.taskID] = task }
        let known = flow.order.map { index in
            let task = flow.tasks[index]
            return byID.removeValue(forKey: task.id.description) ?? derived(task, flow, recorded: byID, run: run)
        }
        return fillWaiting(known, flow: flow) + byID.values.sorted { $0.taskID < $1.taskID }
    }

    private static func derived(
        _ task: FlowTask, _ flow: Flow, recorded: [String: TaskRecord], run: RunRecord
    ) -> TaskRecord {
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
