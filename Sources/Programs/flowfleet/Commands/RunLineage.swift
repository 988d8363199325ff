import API
import Platform
import Workflow

extension Command {
    static let runLineage = Command(
        "run lineage", "show the tree of retries that a run belongs to",
        discussion: """
            The root first, each retry with the stage it began from, what it reused, and what differs from its parent.
            With --diff the tasks of one retry beside those of its parent.
            """,
        operands: [Operand("RUN", "any run of the tree")],
        flags: [Flag("diff", nil, "task by task: what this run did otherwise than its parent")],
        examples: ["flowfleet run lineage $RUN", "flowfleet run lineage $RUN --diff"]
    ) { call throws(CommandFailure) in
        let retries = try Connections(call).stageRetries()
        let tree = try asking { () throws(ServiceFailure) in try retries.lineage(of: call.operand(0)) }
        guard call.values.isSet("diff") else {
            call.printer.list(tree.map { OutputRecord($0, call.operand(0)) }, empty: "no runs")
            return .ok
        }
        guard let own = tree.first(where: { $0.runID == call.operand(0) }), let parent = own.parentRunID else {
            throw CommandFailure(.conflict, "run \(call.operand(0)) is no retry: there is no parent to compare it with")
        }
        let found = try asking { () throws(ServiceFailure) in
            try retries.differences(of: own.runID, to: parent)
        }
        call.printer.list(found.map { OutputRecord($0) }, empty: "no tasks")
        return .ok
    }
}

extension OutputRecord {
    /// - `own`: the run that was asked for.
    init(_ entry: LineageEntry, _ own: String) {
        self.init()
        add("number", .number(entry.number))
        add("run_id", .text(entry.runID))
        add("parent_run_id", .init(entry.parentRunID), inTable: false)
        add("root_run_id", .text(entry.rootRunID), inTable: false)
        add("depth", .number(entry.depth), inTable: false)
        add("from_stage", .init(entry.fromStage))
        add("status", .text(entry.isDegraded ? entry.status + " (degraded)" : entry.status))
        add("reused", .number(entry.reused))
        add("executed", .number(entry.executed))
        add("created_at", .text(entry.createdAt))
        add("completed_at", .init(entry.completedAt), inTable: false)
        add("duration_ms", .init(entry.milliseconds))
        add("parent_kept", entry.isParentKept ? .absent : .bool(false), inTable: false)
        add("differs", .init(entry.differences))
        add("error", .init(entry.error), inTable: false)
        add("asked_for", entry.runID == own ? .bool(true) : .absent, inTable: false)
    }

    init(_ difference: StageDifference) {
        self.init()
        add("task_id", .text(difference.taskID))
        add("status", .init(difference.status))
        add("parent_status", .init(difference.parentStatus))
        add("reused_from", .init(difference.reusedFrom))
        add("other_input", .bool(difference.hasOtherInput))
        add("other_output", .bool(difference.hasOtherOutput))
        add("execution_time_ms", .init(difference.milliseconds))
        add("parent_execution_time_ms", .init(difference.parentMilliseconds))
    }
}

extension LineageEntry {
    /// In a few words; nil for a root, or a retry like its parent.
    var differences: String? {
        guard isParentKept else { return "its parent was deleted" }
        let found = [
            (hasOtherInput, "input"), (hasOtherOutput, "output"), (hasOtherDefinition, "definition"),
        ].filter { $0.0 == true }.map(\.1)
        return found.isEmpty ? nil : found.joined(separator: ", ")
    }
}
