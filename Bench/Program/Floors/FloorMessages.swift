/// The product's messages, written from constant parts: same fields, same order, same sizes.
struct FloorMessages {
    private static let session = Array("8b1f6a52-5d3c-8e47-9f10-3c2b1a09d8e7".utf8)
    let worker: [UInt8]

    func task(
        _ number: Int, of run: UnsafeRawBufferPointer, flow: [UInt8], inputs: UnsafeRawBufferPointer, lane: Int32,
        at time: [UInt8], then next: Range<Int>?, to text: inout FloorText
    ) {
        text.clear()
        text.put("{\"run_id\":\"")
        text.put(run)
        text.put("\",\"task_id\":\"")
        text.put(task: number)
        text.put("\",\"handler\":\"echo\",\"inputs\":")
        text.put(inputs)
        text.put(",\"attempt\":0,\"max_retries\":3,\"timeout\":300,\"correlation_id\":\"")
        text.put(run)
        text.put("\",\"tenant_id\":\"default\",\"user_id\":\"anonymous\",\"execution_context\":{},\"message_id\":\"")
        text.put(run)
        text.put("/")
        text.put(task: number)
        text.put("/0\",\"lane\":")
        text.put(digit: lane)
        text.put(",\"flow_id\":\"")
        text.put(flow)
        text.put("\",\"session_id\":\"")
        text.put(Self.session)
        text.put("\",\"idempotency_key\":\"")
        text.put(run)
        text.put("/")
        text.put(task: number)
        text.put("\",\"enqueued_at\":\"")
        text.put(time)
        text.put("\",\"previous_error\":null")
        if let next { putSegment(next, to: &text) }
        text.put(",\"traceparent\":null}")
    }

    /// The tasks that follow, each with the template of its inputs.
    private func putSegment(_ tasks: Range<Int>, to text: inout FloorText) {
        text.put(",\"then\":[")
        for number in tasks {
            if number > tasks.lowerBound { text.put(",") }
            text.put("{\"task_id\":\"")
            text.put(task: number)
            text.put("\",\"handler\":\"echo\",\"inputs\":{\"value\":\"${tasks.")
            text.put(task: number - 1)
            text.put(".output.value}\"},\"max_retries\":3,\"timeout\":300}")
        }
        text.put("]")
    }

    /// Where a result stands in its segment: one has `next` unless it is the last.
    struct Link {
        let step: Int
        let next: Int?
    }

    func result(
        _ number: Int, of run: UnsafeRawBufferPointer, output: UnsafeRawBufferPointer, at time: [UInt8], _ link: Link?,
        to text: inout FloorText
    ) {
        text.clear()
        text.put("{\"run_id\":\"")
        text.put(run)
        text.put("\",\"task_id\":\"")
        text.put(task: number)
        text.put("\",\"attempt\":0")
        if let link { put(link, to: &text) }
        text.put(",\"output\":")
        text.put(output)
        text.put(",\"status\":\"succeeded\",\"execution_time_ms\":0,\"worker_id\":\"")
        text.put(worker)
        text.put("\",\"started_at\":\"")
        text.put(time)
        text.put("\",\"finished_at\":\"")
        text.put(time)
        text.put("\"}")
    }

    private func put(_ link: Link, to text: inout FloorText) {
        text.put(",\"segment\":4503599627370496,\"step\":")
        text.put(digit: Int32(link.step))
        guard let next = link.next else { return }
        text.put(",\"next\":\"")
        text.put(task: next)
        text.put("\"")
    }

    func event(isEnd: Bool, of run: UnsafeRawBufferPointer, flow: [UInt8], at time: [UInt8], to text: inout FloorText) {
        text.clear()
        text.put(isEnd ? "{\"event_type\":\"flowfleet.run.completed" : "{\"event_type\":\"flowfleet.run.started")
        text.put("\",\"run_id\":\"")
        text.put(run)
        text.put("\",\"flow_id\":\"")
        text.put(flow)
        text.put(isEnd ? "\",\"status\":\"completed" : "\",\"status\":\"running")
        text.put("\",\"correlation_id\":\"")
        text.put(run)
        text.put("\",\"session_id\":\"")
        text.put(Self.session)
        text.put("\",\"tenant_id\":\"default\",\"user_id\":\"anonymous\"")
        if isEnd { text.put(",\"degraded\":false") }
        text.put(",\"at\":\"")
        text.put(time)
        text.put("\"}")
    }

    func headers(isEnd: Bool, of run: UnsafeRawBufferPointer) -> [(name: String, value: String)] {
        let id = String(decoding: run, as: UTF8.self)
        return [
            ("ce_specversion", "1.0"), ("ce_type", isEnd ? "flowfleet.run.completed" : "flowfleet.run.started"),
            ("ce_source", "flowfleet"), ("ce_id", id + (isEnd ? "/ended/1" : "/started")),
            ("content-type", "application/json"),
        ]
    }
}
