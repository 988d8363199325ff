import JSON
import Workflow

/// The trees of retries, and how a run differs from the one it came from.
extension JSONWriter {
    mutating func write(_ entry: LineageEntry) {
        beginObject()
        member("run_id", string: entry.runID)
        put("parent_run_id", entry.parentRunID)
        put("from_stage", entry.fromStage)
        member("depth", int: entry.depth)
        member("run_number", int: entry.number)
        member("status", string: entry.status)
        member("degraded", bool: entry.isDegraded)
        put("error", entry.error)
        member("created_at", string: entry.createdAt)
        put("completed_at", entry.completedAt)
        memberIfPresent("milliseconds", int: entry.milliseconds)
        member("reused", int: entry.reused)
        member("executed", int: entry.executed)
        if let other = entry.hasOtherInput { member("other_input", bool: other) }
        if let other = entry.hasOtherOutput { member("other_output", bool: other) }
        if let other = entry.hasOtherDefinition { member("other_definition", bool: other) }
        member("parent_kept", bool: entry.isParentKept)
        endObject()
    }

    mutating func write(_ difference: StageDifference) {
        beginObject()
        member("task_id", string: difference.taskID)
        put("status", difference.status)
        put("parent_status", difference.parentStatus)
        put("reused_from", difference.reusedFrom)
        member("other_input", bool: difference.hasOtherInput)
        member("other_output", bool: difference.hasOtherOutput)
        memberIfPresent("milliseconds", int: difference.milliseconds)
        memberIfPresent("parent_milliseconds", int: difference.parentMilliseconds)
        endObject()
    }
}
