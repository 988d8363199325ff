public import JSON

/// A failure as an executor reports it. Without a class the orchestrator classifies the text.
public struct ReportedFailure: Sendable, Equatable {
    public var error: String
    public var errorClass: ErrorClass?
    public var errorType: String?
    public var retryAfterMilliseconds: Int?
    public var partialOutput: Bytes?
    public var detail: String?

    public init(_ error: String, _ errorClass: ErrorClass? = nil, type: String? = nil) {
        self.error = error
        self.errorClass = errorClass
        errorType = type
    }
}

/// When an attempt ran: wall clock in microseconds for people, and how long it took by a clock that never jumps.
public struct AttemptTimes: Sendable, Equatable {
    public let started: Int64
    public let finished: Int64
    public let milliseconds: Int

    public init(started: Int64, finished: Int64, milliseconds: Int) {
        self.started = started
        self.finished = finished
        self.milliseconds = milliseconds
    }
}

/// Writes `task_done`, `task_failed` and `task_held`. Each result is one allocation: its own bytes.
public struct ResultWriter: Sendable {
    private let workerID: [UInt8]
    private var clock = TimestampText()

    public init(workerID: String) {
        self.workerID = Array(workerID.utf8)
    }

    /// `output` must be a validated value: it goes in as it is.
    /// - `link`: where it stands in its segment.
    public mutating func done(
        _ task: TaskMessage, output: Bytes, degraded: Bool, times: AttemptTimes, link: SegmentLink? = nil
    ) -> [UInt8] {
        var writer = begin(task, reserving: output.count, link)
        writer.key("output")
        writer.raw(output)
        writer.key("status")
        writer.string(degraded ? "degraded" as StaticString : "succeeded")
        finish(&writer, times)
        return writer.bytes
    }

    /// - `link`: where it stands in its segment. Then it goes to `task_done`, behind the results before it.
    public mutating func failed(
        _ task: TaskMessage, _ failure: ReportedFailure, times: AttemptTimes, link: SegmentLink? = nil
    ) -> [UInt8] {
        var writer = begin(task, reserving: failure.error.utf8.count + (failure.partialOutput?.count ?? 0), link)
        if link != nil {
            writer.key("status")
            writer.string("failed" as StaticString)
        }
        writer.key("error")
        writer.string(failure.error)
        if let errorClass = failure.errorClass {
            writer.key("error_class")
            writer.string(errorClass.rawValue)
        }
        if let type = failure.errorType {
            writer.key("error_type")
            writer.string(type)
        }
        if let retryAfter = failure.retryAfterMilliseconds {
            writer.key("retry_after_ms")
            writer.int(retryAfter)
        }
        if let partial = failure.partialOutput {
            writer.key("partial_output")
            writer.raw(partial)
        }
        if let detail = failure.detail {
            writer.key("detail")
            writer.string(detail)
        }
        finish(&writer, times)
        return writer.bytes
    }

    /// Tells the lane that an attempt goes on here for at least `milliseconds`; 0 hands it back.
    public func held(_ task: TaskMessage, milliseconds: Int, link: SegmentLink? = nil) -> [UInt8] {
        var writer = begin(task, reserving: 0, link)
        writer.key("event_type")
        writer.string("task_held" as StaticString)
        writer.key("worker_id")
        writer.string(workerID)
        writer.key("hold_ms")
        writer.int(milliseconds)
        writer.endObject()
        return writer.bytes
    }

    private func begin(_ task: TaskMessage, reserving payload: Int, _ link: SegmentLink?) -> JSONWriter {
        var writer = JSONWriter(reserving: payload + task.runID.count + task.taskID.count + 256)
        writer.beginObject()
        writer.key("run_id")
        writer.string(task.runID)
        writer.key("task_id")
        writer.string(task.taskID)
        if let attempt = task.attempt {
            writer.key("attempt")
            writer.int(attempt)
        }
        if let link { write(link, to: &writer) }
        return writer
    }

    private func write(_ link: SegmentLink, to writer: inout JSONWriter) {
        writer.key("segment")
        writer.int(Int(link.mark.id))
        writer.key("step")
        writer.int(Int(link.mark.step))
        guard let next = link.next else { return }
        writer.key("next")
        writer.string(next)
        guard let milliseconds = link.holdMilliseconds else { return }
        writer.key("hold_ms")
        writer.int(milliseconds)
    }

    private mutating func finish(_ writer: inout JSONWriter, _ times: AttemptTimes) {
        writer.key("execution_time_ms")
        writer.int(times.milliseconds)
        writer.key("worker_id")
        writer.string(workerID)
        writer.key("started_at")
        writer.string(clock.text(times.started))
        writer.key("finished_at")
        writer.string(clock.text(times.finished))
        writer.endObject()
    }
}
