import HTTP
import JSON
import Workflow

/// Rows as the API shows them. Absent values are left out; times, names and ids are those of the tables.
extension JSONWriter {
    mutating func write(_ run: RunRecord, for caller: Caller) {
        beginObject()
        member("run_id", string: run.runID)
        member("flow_id", string: run.flowID)
        memberIfPresent("flow_version", int: run.flowVersion)
        member("status", string: run.status)
        if run.isDegraded { member("degraded", bool: true) }
        member("session_id", string: run.sessionID)
        member("tenant_id", string: run.tenantID)
        member("user_id", string: run.userID)
        member("correlation_id", string: run.correlationID)
        member("lane", int: run.lane)
        memberIfPresent("labels", raw: run.labels)
        put("parent_run_id", run.parentRunID)
        put("retry_from_stage", run.retryFromStage)
        put("definition_sha256", run.definitionSHA256)
        member("created_at", string: run.createdAt)
        member("updated_at", string: run.updatedAt)
        put("completed_at", run.completedAt)
        payload("input", run.input, for: caller)
        payload("output", run.output, for: caller)
        put("error", run.error)
        put("paused_at", run.pausedAt)
        put("waiting", run.waiting)
        endObject()
    }

    mutating func write(_ run: RequestedRun) {
        beginObject()
        member("run_id", string: run.runID)
        member("flow_id", string: run.flowID)
        member("status", string: "requested" as StaticString)
        member("tenant_id", string: run.tenantID)
        member("created_at", string: run.at)
        endObject()
    }

    mutating func write(_ sight: RunSight, for caller: Caller) {
        switch sight {
        case .recorded(let run): write(run, for: caller)
        case .requested(let run): write(run)
        }
    }

    mutating func write(_ task: TaskRecord, for caller: Caller) {
        beginObject()
        member("task_id", string: task.taskID)
        member("handler", string: task.handler)
        put("pool", task.pool)
        member("status", string: task.status)
        member("attempts", int: task.attempts)
        member("stage_order", int: task.stageOrder)
        memberIfPresent("execution_time_ms", int: task.executionMilliseconds)
        put("worker_id", task.workerID)
        put("started_at", task.startedAt)
        put("completed_at", task.completedAt)
        put("next_retry_at", task.nextRetryAt)
        put("error_class", task.errorClass)
        put("error", task.error)
        put("waiting", task.waiting)
        if !task.waitingFor.isEmpty {
            key("waiting_for")
            strings(task.waitingFor)
        }
        put("reused_from", task.reusedFrom)
        payload("input", task.input, for: caller)
        payload("output", task.output, for: caller)
        endObject()
    }

    /// A payload is shown to who may see it; others see that there is one.
    mutating func payload(_ name: StaticString, _ value: Bytes?, for caller: Caller) {
        guard let value else { return }
        key(name)
        if caller.seesPayloads { raw(value) } else { string("(masked: needs payloads:read)" as StaticString) }
    }

    mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}

extension HTTPServer.Response {
    /// A JSON object as an answer.
    static func object(_ status: Int = 200, _ write: (inout JSONWriter) -> Void) -> HTTPServer.Response {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return .json(status, writer.bytes)
    }

    static func value(_ status: Int = 200, _ write: (inout JSONWriter) -> Void) -> HTTPServer.Response {
        var writer = JSONWriter(reserving: 512)
        write(&writer)
        return .json(status, writer.bytes)
    }

    /// A page of a list.
    /// - `next`: where the next page begins, if there is one.
    static func page<Item>(
        _ items: [Item], limit: Int, next: String?, _ write: (inout JSONWriter, Item) -> Void
    ) -> HTTPServer.Response {
        .object { writer in
            writer.key("items")
            writer.beginArray()
            for item in items.prefix(limit) { write(&writer, item) }
            writer.endArray()
            writer.put("next_cursor", next)
        }
    }

    static let emptyPage = HTTPServer.Response.json(200, Array(#"{"items":[]}"#.utf8))

    /// With a tag of what it holds; without the body when the caller has that already.
    func tagged(for request: HTTPServer.Request) -> HTTPServer.Response {
        var response = self
        let tag = "\"\(String(Self.hash(body), radix: 36))\""
        response.headers.add("ETag", tag)
        guard let known = request.headers["If-None-Match"], known == "*" || known.contains(tag) else { return response }
        (response.status, response.body) = (304, [])
        return response
    }

    /// FNV-1a.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

extension RandomAccessCollection where Index == Int {
    /// One item more than a page holds was asked for: then there is a next page, behind the last one that is shown.
    func next(_ limit: Int, _ cursor: (Element) -> String) -> String? {
        count > limit ? cursor(self[startIndex + limit - 1]) : nil
    }
}
