public import JSON

extension RunMachine {
    func emitDispatch(_ index: Int, into work: inout OutBatch) {
        let start = work.writer.bytes.count
        let tail = tail(of: index)
        writeMessage(of: index, previousError: nil, tail: tail, to: &work.writer)
        work.note(handler: tail == nil ? flow.tasks[index].handler : nil)
        work.add(
            from: start, to: .taskQueue(pool: flow.tasks[index].pool), .sticky, key: nil,
            traceparent: row.state.control.traceparent)
    }

    /// The message an executor gets. A pure function of rows: published again, it has the same value.
    /// - `tail`: what goes out with it.
    func writeMessage(
        of index: Int, previousError: Bytes?, tail: SegmentTail? = nil, to writer: inout JSONWriter
    ) {
        let task = flow.tasks[index]
        let attempt = slots[index].attempt
        writer.beginObject()
        writer.raw(envelope)
        writer.raw(task.envelope)
        writer.member("execution_context", raw: row.context)
        writer.member("inputs", raw: slots[index].inputs ?? renderedInputs(index))
        writer.member("attempt", int: Int(attempt))
        writer.key("message_id")
        writer.path(nil, runID, task.id, attempt: attempt)
        writer.key("idempotency_key")
        writer.path(nil, runID, task.id, attempt: nil)
        writer.key("enqueued_at")
        writer.time(slots[index].nextRetryAt ?? slots[index].readyAt)
        writer.key("previous_error")
        if let previousError { writer.string(previousError) } else { writer.null() }
        if let tail { write(tail, behind: index, to: &writer) }
        // The last member: by it a reader knows whether to look for the header.
        writer.key("traceparent")
        if let trace = row.state.control.traceparent { writer.string(trace) } else { writer.null() }
        writer.endObject()
    }

    /// Inputs of a task whose memory of them is gone; empty if the flow of today can no longer build them.
    private func renderedInputs(_ index: Int) -> Bytes {
        var writer = JSONWriter()
        guard (try? flow.renderInputs(task: index, self, to: &writer)) != nil else {
            return JSONValue.emptyObject
        }
        return writer.bytes[...]
    }

    func emitDeadLetter(_ index: Int, _ detail: FailureDetail, into work: inout OutBatch) {
        let task = flow.tasks[index]
        let attempt = slots[index].attempt
        work.append(to: .deadLetters, .byKey, key: runID, traceparent: row.state.control.traceparent) { writer in
            writer.beginObject()
            writer.key("message_id")
            writer.path("dl/", runID, task.id, attempt: attempt)
            writer.member("kind", string: "task")
            writer.member("reason", string: detail.deadLetterReason.rawValue)
            writer.member("run_id", string: runID.bytes[...])
            writer.member("task_id", string: task.id.bytes[...])
            writer.member("handler", string: task.handler.bytes[...])
            writer.member("attempts", int: Int(attempt) + 1)
            writer.member("error", string: detail.error)
            writer.member("error_class", string: detail.errorClass.rawValue)
            writer.key("failed_at")
            writer.time(detail.at)
            writer.member("session_id", string: row.sessionID.bytes[...])
            writer.member("tenant_id", string: row.tenantID.bytes[...])
            writer.member("flow_id", string: row.flowID.bytes[...])
            writer.key("task")
            // What was too large is not repeated: it may be so for ten thousand tasks at once.
            if detail.deadLetterReason == .tooLarge {
                writer.null()
            } else {
                writeMessage(of: index, previousError: detail.error, to: &writer)
            }
            writer.endObject()
        }
    }

    enum Announcement { case started, ended }

    func emitAnnouncement(_ announcement: Announcement, into work: inout OutBatch) {
        let isStart = announcement == .started
        let id = work.note { bytes in
            bytes += runID.bytes
            bytes += isStart ? "/started".utf8 : "/ended/\(row.state.control.endings)".utf8
        }
        let type: StaticString = isStart ? "flowfleet.run.started" : Self.endType(row.state.status)
        work.append(
            to: .runEvents, .byKey, key: runID, traceparent: row.state.control.traceparent, event: (type, id)
        ) { writer in
            writer.beginObject()
            writer.member("event_type", string: type)
            writer.member("run_id", string: runID.bytes[...])
            writer.member("flow_id", string: row.flowID.bytes[...])
            writer.member("status", string: (isStart ? .running : row.state.status).rawValue)
            writer.member("correlation_id", string: row.correlationID.bytes[...])
            writer.member("session_id", string: row.sessionID.bytes[...])
            writer.member("tenant_id", string: row.tenantID.bytes[...])
            writer.member("user_id", string: row.userID.bytes[...])
            if !isStart { writer.member("degraded", bool: row.state.degraded) }
            if !isStart { writer.memberIfPresent("error", string: row.state.error) }
            writer.key("at")
            writer.time(isStart ? row.createdAt : row.state.completedAt ?? row.createdAt)
            writer.endObject()
        }
    }

    private static func endType(_ status: RunStatus) -> StaticString {
        switch status {
        case .completed: "flowfleet.run.completed"
        case .cancelled: "flowfleet.run.cancelled"
        default: "flowfleet.run.failed"
        }
    }

    /// Level `tasks`: one event for each task that this turn closed.
    func emitTaskAnnouncement(_ index: Int, into work: inout OutBatch) {
        let task = flow.tasks[index]
        let id = work.note { $0 += "\(runID)/\(task.id)/\(slots[index].attempt)/\(slots[index].status.rawValue)".utf8 }
        work.append(
            to: .runEvents, .byKey, key: runID, traceparent: row.state.control.traceparent,
            event: ("flowfleet.task.ended", id)
        ) { writer in
            writer.beginObject()
            writer.member("event_type", string: "flowfleet.task.ended")
            writer.member("run_id", string: runID.bytes[...])
            writer.member("task_id", string: task.id.bytes[...])
            writer.member("status", string: slots[index].status.rawValue)
            writer.member("attempts", int: Int(slots[index].attempt) + 1)
            writer.endObject()
        }
    }
}

extension RunRow {
    /// Members of an object, without its braces.
    var envelope: [UInt8] {
        var writer = JSONWriter(reserving: 250)
        writer.beginMembers()
        writer.member("run_id", string: runID.bytes)
        writer.member("correlation_id", string: correlationID.bytes)
        writer.member("tenant_id", string: tenantID.bytes)
        writer.member("user_id", string: userID.bytes)
        writer.member("session_id", string: sessionID.bytes)
        writer.member("flow_id", string: flowID.bytes)
        writer.member("lane", int: Int(lane))
        return writer.bytes
    }
}

/// Why the fleet gave up; contracts §1.
public enum DeadLetterReason: String, CaseIterable, Sendable {
    case retriesExhausted = "retries_exhausted"
    case permanent, poison, undecodable
    case invalidFlow = "invalid_flow"
    case tooLarge = "too_large"
}

extension FailureDetail {
    /// A function of what the row keeps, so that a dead letter published again is the same.
    var deadLetterReason: DeadLetterReason {
        switch errorClass {
        case .transient, .timeout, .workerLost: .retriesExhausted
        case .poison: .poison
        case .permanent, .cancelled: error.starts(with: Array("too_large".utf8)) ? .tooLarge : .permanent
        }
    }
}

extension JSONWriter {
    public mutating func member(_ name: StaticString, time: Microseconds) {
        key(name)
        self.time(time)
    }

    mutating func time(_ time: Microseconds) {
        beginString()
        Timestamp.append(time, to: &bytes)
        endString()
    }

    /// `run_id/task_id`, or `run_id/task_id/attempt`, behind a prefix that needs no escape.
    mutating func path(_ prefix: StaticString?, _ runID: Identifier, _ taskID: Identifier, attempt: Int32?) {
        beginString()
        if let prefix { prefix.withUTF8Buffer { bytes.append(contentsOf: $0) } }
        part(runID.bytes)
        bytes.append(UInt8(ascii: "/"))
        part(taskID.bytes)
        if let attempt {
            bytes.append(UInt8(ascii: "/"))
            digits(Int(attempt))
        }
        endString()
    }

    /// A span in seconds, whole where it is whole.
    mutating func seconds(_ value: Double) {
        if value == value.rounded(), abs(value) < 1e15 { int(Int(value)) } else { raw(Array("\(value)".utf8)[...]) }
    }
}
