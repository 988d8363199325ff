import API
import Platform
import Workflow

extension Command {
    static let sessionList = Command(
        "session list", "list the sessions that were opened, from the newest to the oldest",
        discussion: "A session that only its runs name is not listed; `session get` shows it all the same.",
        flags: [
            Flag("tenant", "ID", "sessions of this tenant only"),
            Flag("before", "ID", "the page behind this session"),
            Flag("limit", "N", "at most this many (default 50)"),
        ],
        examples: ["flowfleet session list --limit 10"]
    ) { call throws(CommandFailure) in
        let limit = try call.values.number("limit", atLeast: 1) ?? 50
        let sessions = try Connections(call).sessions()
        let found = try asking { () throws(ServiceFailure) in
            try sessions.sessions(
                tenantID: call.values.text("tenant"), before: call.values.text("before"), limit: limit)
        }
        call.printer.list(found.map { OutputRecord($0) }, empty: "no sessions")
        return .ok
    }

    static let sessionGet = Command(
        "session get", "show one session: how far it has come, how long its runs take, what failed",
        discussion: "Everything is counted from the rows of its runs.",
        operands: [Operand("SESSION", "its id")],
        flags: [
            Flag("failures", nil, "list its errors instead, the most frequent first"),
            Flag("stages", nil, "list how each stage went instead"),
        ],
        examples: ["flowfleet session get $SESSION", "flowfleet session get $SESSION --failures"]
    ) { call throws(CommandFailure) in
        let (sessions, id) = (try Connections(call).sessions(), call.operand(0))
        let session = try asking { () throws(ServiceFailure) in try sessions.session(id) }
        if call.values.isSet("failures") {
            let found = try asking { () throws(ServiceFailure) in try sessions.failures(of: id) }
            call.printer.list(found.map { OutputRecord($0) }, empty: "nothing failed")
            return .ok
        }
        if call.values.isSet("stages") {
            let found = try asking { () throws(ServiceFailure) in try sessions.stages(of: id) }
            call.printer.list(found.map { OutputRecord($0) }, empty: "no stage has ended")
            return .ok
        }
        call.printer.one(
            try asking { () throws(ServiceFailure) in
                var record = OutputRecord(session)
                record.add(try sessions.progress(of: id))
                record.add(try sessions.durations(of: id), try sessions.retries(of: id))
                return record
            })
        return .ok
    }

    static let sessionWatch = Command(
        "session watch", "show how far a session has come, until all its runs have ended",
        discussion: """
            One line that is kept up to date on a terminal, else a line for each change (an object with -o jsonl). Exit
            code 0 when every run completed, 10 when one failed, 11 when one was cancelled and none failed, 12 when
            --timeout has passed.
            """,
        operands: [Operand("SESSION", "its id")],
        examples: ["flowfleet session watch $SESSION"]
    ) { call throws(CommandFailure) in
        let sessions = try Connections(call).sessions()
        _ = try asking { () throws(ServiceFailure) in try sessions.session(call.operand(0)) }
        return try SessionView(call, sessions).watch(call.operand(0))
    }
}

extension OutputRecord {
    init(_ session: SessionRecord) {
        self.init()
        add("session_id", .text(session.sessionID))
        add("tenant_id", .text(session.tenantID))
        add("created_at", .text(session.createdAt))
        add("expires_at", .init(session.expiresAt))
        add("closed_at", .init(session.closedAt))
        add("closed_by", .init(session.closedBy), inTable: false)
        add("metadata", .init(json: session.metadata), inTable: false)
        add("opened", .bool(session.isOpened), inTable: false)
    }

    mutating func add(_ progress: SessionProgress) {
        add("runs", .number(progress.counts.total))
        add("done", .number(progress.done))
        add("left", .number(progress.left))
        for (status, count) in progress.counts.byStatus.sorted(by: { $0.key < $1.key }) {
            add(status, .number(count))
        }
        if progress.counts.degraded > 0 { add("degraded", .number(progress.counts.degraded)) }
        add("stage_retries", progress.counts.retries > 0 ? .number(progress.counts.retries) : .absent)
        let end = progress.expectedEnd.map { String(decoding: Timestamp.text(Microseconds($0 * 1e6)), as: UTF8.self) }
        add("expected_end", .init(end))
    }

    mutating func add(_ durations: SessionDurations, _ retries: SessionRetryCounts) {
        add("p50_ms", .init(durations.p50))
        add("p95_ms", .init(durations.p95))
        add("longest_ms", .init(durations.longest), inTable: false)
        add("retried_tasks", .number(retries.retriedTasks))
        add("extra_attempts", .number(retries.extraAttempts))
        add("most_attempts", .number(retries.mostAttempts), inTable: false)
    }

    init(_ failure: SessionFailure) {
        self.init()
        add("fingerprint", .text(failure.fingerprint))
        add("handler", .init(failure.handler))
        add("tasks", .number(failure.tasks))
        add("last_at", .text(failure.lastAt))
        add("error", .text(failure.error))
    }

    init(_ stage: StageStatistics) {
        self.init()
        add("task_id", .text(stage.taskID))
        add("runs", .number(stage.runs))
        add("success", .init(stage.successRate.map { "\(Int(($0 * 1_000).rounded()) / 10) %" }))
        add("succeeded", .number(stage.succeeded), inTable: false)
        add("degraded", .number(stage.degraded))
        add("failed", .number(stage.failed))
        add("skipped", .number(stage.skipped))
        add("cancelled", .number(stage.cancelled), inTable: false)
        add("reused", .number(stage.reused))
        add("retried", .number(stage.retried))
        add("p50_ms", .init(stage.p50))
        add("p95_ms", .init(stage.p95))
        add("stage_retries", .number(stage.stageRetries), inTable: false)
        add("completed_retries", .number(stage.completedRetries), inTable: false)
        add("common_error", .init(stage.commonError))
    }
}
