import JSON

/// A result whose run and task can be read always counts: fields that only decorate it are ignored when they are wrong,
/// and one that decides what it means makes it the attempt's permanent failure, which names the field. Only so is no
/// run left waiting for an answer that was given.
extension InputReader {
    mutating func readDone() throws(Unreadable) -> TaskResult {
        if let kind = word("event_type"), kind.elementsEqual("task_held".utf8) { return try readHeld() }
        guard let status = members["status"] else { return try readSuccess(isDegraded: false) }
        switch status.text.map({ String(decoding: $0, as: UTF8.self) }) {
        case "succeeded": return try readSuccess(isDegraded: false)
        case "degraded": return try readSuccess(isDegraded: true)
        case "failed": return try readFailed()
        default: return try result(.failed(.permanent("bad result: status must be succeeded, degraded or failed")))
        }
    }

    private mutating func readSuccess(isDegraded: Bool) throws(Unreadable) -> TaskResult {
        let member = members.member("output")
        let output = member?.value.bytes ?? JSONValue.null
        if let member, let problem = payloadProblem("output", member) {
            return try result(.failed(.permanent(problem)))
        }
        return try result(isDegraded ? .degraded(output: output) : .succeeded(output: output))
    }

    mutating func readFailed() throws(Unreadable) -> TaskResult {
        guard let error = members["error"] else {
            return try result(.failed(.permanent("bad result: error is missing")))
        }
        let sentence = error.text ?? error.bytes
        var failure = TaskFailure(error: ErrorText.storable(sentence))
        failure.errorClass = word("error_class").flatMap {
            ErrorClass(rawValue: String(decoding: $0, as: UTF8.self))
        }
        failure.errorType = word("error_type").map(ErrorText.storable)
        // The reason of a dead letter is told by the error's first word, because rows keep the error and not its type.
        if let type = failure.errorType, type.elementsEqual("too_large".utf8), !sentence.starts(with: type) {
            failure.error = ErrorText.storable(type + Array(": ".utf8) + sentence)
        }
        failure.retryAfter = (try? integer("retry_after_ms", 0...Int.max / 2_000)).map { Int64($0) * 1_000 }
        if let partial = members.member("partial_output"), payloadProblem("partial_output", partial) == nil {
            failure.partialOutput = partial.value.bytes
        }
        return try result(.failed(failure))
    }

    /// Not a result: one that cannot be read is set aside, the attempt goes on, and its answer will come.
    /// Of a holder that does not say for how long: twice the time after which it repeats itself.
    private static let usualHold: Microseconds = 60_000_000

    private mutating func readHeld() throws(Unreadable) -> TaskResult {
        let span = try integer("hold_ms", 0...Int.max / 2_000).map { Int64($0) * 1_000 }
        return try decorated(try attempt(), .held(for: span ?? Self.usualHold))
    }

    private mutating func result(_ outcome: TaskResult.Outcome) throws(Unreadable) -> TaskResult {
        let number: Int32?
        do throws(Unreadable) { number = try attempt() } catch {
            return try decorated(nil, .failed(.permanent("bad result: \(error.sentence)")))
        }
        return try decorated(number, outcome)
    }

    private func attempt() throws(Unreadable) -> Int32? {
        try integer("attempt", 0...Int(Int32.max - 1)).map { Int32($0) }
    }

    private mutating func decorated(_ attempt: Int32?, _ outcome: TaskResult.Outcome) throws(Unreadable) -> TaskResult {
        let taskID = try identifier("task_id")
        var result = TaskResult(
            runID: try identifier("run_id"), taskID: taskID, attempt: attempt, outcome: outcome)
        result.workerID = word("worker_id").map(ErrorText.storable)
        result.startedAt = word("started_at").flatMap(Timestamp.parse)
        result.finishedAt = word("finished_at").flatMap(Timestamp.parse)
        result.executionTimeMs = members["execution_time_ms"].flatMap(Self.milliseconds)
        result.segment = segment()
        result.next = word("next").flatMap { Identifier.isValidID($0) ? Identifier($0) : nil }
        result.holdsNext = members["hold_ms"]?.int.flatMap {
            (0...Int.max / 2_000).contains($0) ? Int64($0) * 1_000 : nil
        }
        return result
    }

    /// Without both numbers it is a result like any other.
    private func segment() -> SegmentMark? {
        guard let id = members["segment"]?.int, SegmentMark.ids.contains(id),
            let step = members["step"]?.int, (0..<Limits.segmentTasks).contains(step)
        else { return nil }
        return SegmentMark(id: Int64(id), step: Int32(step))
    }

    private static func milliseconds(_ value: JSONValue) -> Int64? {
        if let whole = value.int { return Int64(min(max(whole, 0), 9_000_000_000_000_000)) }
        return value.double.map { Int64($0.clamped) }
    }

    /// Text of a field that decorates; nothing if it is anything else.
    private func word(_ name: StaticString) -> Bytes? { members[name]?.text }

    /// What Postgres or the topics could not take, found before they are asked.
    func payloadProblem(_ name: StaticString, _ member: JSONMember) -> String? {
        if member.writtenOut > Limits.payloadBytes {
            let written = member.writtenOut > member.value.bytes.count ? " when its numbers are written out" : ""
            return "too_large: \(name) has \(member.writtenOut) bytes\(written), at most \(Limits.payloadBytes)"
        }
        if member.depth > Limits.depth {
            return "\(name) nests \(member.depth) deep, at most \(Limits.depth)"
        }
        if !member.isStorable {
            return "\(name) cannot be stored: "
                + "it holds \\u0000, half a surrogate pair, or a number of more than 400 digits"
        }
        return nil
    }
}

extension Double {
    /// Milliseconds a column can hold, whatever an executor says.
    fileprivate var clamped: Double { isFinite ? Swift.min(Swift.max(self.rounded(), 0), 9e15) : 0 }
}
