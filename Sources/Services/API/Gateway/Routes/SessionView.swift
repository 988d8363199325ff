import HTTP
import JSON
import Platform
import Workflow

extension RouteTable {
    static func analytics(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        let id = try desk.session(call).sessionID
        let sessions = desk.sessions(for: call.caller)
        let (durations, retries, failures, stages) = try asking { () throws(ServiceFailure) in
            (
                try sessions.durations(of: id), try sessions.retries(of: id),
                try sessions.failures(of: id), try sessions.stages(of: id)
            )
        }
        return .object { writer in
            writer.member("session_id", string: id)
            writer.key("durations")
            writer.beginObject()
            writer.member("ended", int: durations.ended)
            writer.memberIfPresent("p50_ms", int: durations.p50)
            writer.memberIfPresent("p95_ms", int: durations.p95)
            writer.memberIfPresent("longest_ms", int: durations.longest)
            writer.endObject()
            writer.key("retries")
            writer.beginObject()
            writer.member("retried_tasks", int: retries.retriedTasks)
            writer.member("extra_attempts", int: retries.extraAttempts)
            writer.member("most_attempts", int: retries.mostAttempts)
            writer.endObject()
            writer.key("failures")
            writer.beginArray()
            for failure in failures { writer.write(failure) }
            writer.endArray()
            writer.key("stages")
            writer.beginArray()
            for stage in stages { writer.write(stage) }
            writer.endArray()
        }
    }

    static func stageStatistics(_ call: Call, _ desk: Desk) throws(Problem) -> HTTPServer.Response {
        try call.needsEveryTenant()
        let id = try call.part("flow_id")
        let since = call.time("since") ?? SystemTime().wall - 86_400_000_000
        let stages = try asking { () throws(ServiceFailure) in
            try desk.sessions(for: call.caller).stages(ofFlow: id, since: RFC3339.text(since))
        }
        return .object { writer in
            writer.key("items")
            writer.beginArray()
            for stage in stages { writer.write(stage) }
            writer.endArray()
        }
    }
}

extension JSONWriter {
    mutating func write(_ session: SessionRecord, _ progress: SessionProgress?) {
        beginObject()
        member("session_id", string: session.sessionID)
        member("tenant_id", string: session.tenantID)
        memberIfPresent("metadata", raw: session.metadata)
        member("opened", bool: session.isOpened)
        member("created_at", string: session.createdAt)
        put("expires_at", session.expiresAt)
        put("closed_at", session.closedAt)
        put("closed_by", session.closedBy)
        if let progress {
            member("runs", int: progress.counts.total)
            member("done", int: progress.done)
            member("left", int: progress.left)
            key("by_status")
            beginObject()
            for (status, count) in progress.counts.byStatus.sorted(by: { $0.key < $1.key }) {
                key(bytes: Array(status.utf8))
                int(count)
            }
            endObject()
            member("degraded", int: progress.counts.degraded)
            member("stage_retries", int: progress.counts.retries)
            put("started_at", progress.counts.startedAt.map(Self.time))
            put("expected_end", progress.expectedEnd.map(Self.time))
            put("waiting", progress.waiting)
        }
        endObject()
    }

    private static func time(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e12 else { return "" }
        return RFC3339.text(Int64(seconds * 1_000_000))
    }

    mutating func write(_ failure: SessionFailure) {
        beginObject()
        member("fingerprint", string: failure.fingerprint)
        put("handler", failure.handler)
        member("error", string: failure.error)
        member("tasks", int: failure.tasks)
        member("last_at", string: failure.lastAt)
        endObject()
    }

    mutating func write(_ stage: StageStatistics) {
        beginObject()
        member("task_id", string: stage.taskID)
        let counts: [(StaticString, Int)] = [
            ("runs", stage.runs), ("succeeded", stage.succeeded), ("degraded", stage.degraded),
            ("failed", stage.failed), ("skipped", stage.skipped), ("cancelled", stage.cancelled),
            ("reused", stage.reused), ("retried", stage.retried), ("stage_retries", stage.stageRetries),
            ("completed_retries", stage.completedRetries),
        ]
        for (name, count) in counts { member(name, int: count) }
        memberIfPresent("p50_ms", int: stage.p50)
        memberIfPresent("p95_ms", int: stage.p95)
        if let rate = stage.successRate { member("success_rate", raw: Array("\(rate)".utf8)[...]) }
        put("common_error", stage.commonError)
        endObject()
    }
}
