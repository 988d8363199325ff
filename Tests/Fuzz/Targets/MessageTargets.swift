import JSON
import Workflow

/// Everything that travels: requests, commands, results, task messages, dead letters, and what rows keep of commands.
enum MessageTargets {
    static let all = [
        FuzzTarget("flow-runs-record") { record($0, .flowRuns) },
        FuzzTarget("task-done-record") { record($0, .taskDone) },
        FuzzTarget("task-failed-record") { record($0, .taskFailed) },
        FuzzTarget("task-message", taskMessage), FuzzTarget("dead-letter", deadLetter),
        FuzzTarget("run-control", runControl),
    ]

    /// A record of a lane's topics; up to a first 0xFF it is the header that names the event's type.
    private static func record(_ input: Bytes, _ topic: InputTopic) -> String? {
        let parts = input.split(separator: 0xFF, maxSplits: 1, omittingEmptySubsequences: false)
        var reader = InputReader()
        let value = parts.last ?? []
        let read = reader.read(
            InputRecord(topic: topic, lane: 1, offset: 7, value: value, eventType: parts.count == 2 ? parts[0] : nil))
        if let runID = read.runID, !Identifier.isValidID(runID.bytes[...]) { return "a run id that is none" }
        switch read {
        case .unreadable(let problem): return problem.sentence.isEmpty ? "unreadable without a word" : nil
        case .request(let request): return check(request)
        case .command(let command):
            let texts = [command.actor, command.reason, command.requestID].compactMap { $0 }
            return texts.allSatisfy { isText(Array($0)) } ? nil : "a command with text that cannot be stored"
        case .result(let result): return check(result)
        }
    }

    private static func check(_ request: RunRequest) -> String? {
        if request.problem != nil { return nil }
        let payloads = [request.input, request.context, request.labels, request.delivery].compactMap { $0 }
        let areGood = payloads.allSatisfy { JSONValue(trusted: $0).isStorable && isJSON($0) }
        return areGood ? nil : "a request without a problem, with a payload that cannot be stored"
    }

    private static func check(_ result: TaskResult) -> String? {
        if !Identifier.isValidID(result.taskID.bytes[...]) { return "a task id that is none" }
        if let attempt = result.attempt, attempt < 0 { return "attempt \(attempt)" }
        if let time = result.executionTimeMs, time < 0 { return "it took \(time) ms" }
        if let worker = result.workerID, !isText(Array(worker)) { return "a worker id that cannot be stored" }
        switch result.outcome {
        case .succeeded(let output), .degraded(let output):
            return JSONValue(trusted: output).isStorable && isJSON(output) ? nil : "an output that cannot be stored"
        case .held(let span): return span >= 0 ? nil : "held for \(span)"
        case .failed(let failure):
            if !isText(Array(failure.error)) { return "an error that cannot be stored" }
            if let type = failure.errorType, !isText(Array(type)) { return "an error type that cannot be stored" }
            if let partial = failure.partialOutput, !JSONValue(trusted: partial).isStorable {
                return "a partial output that cannot be stored"
            }
            return failure.retryAfter ?? 0 >= 0 ? nil : "again in \(failure.retryAfter ?? 0)"
        }
    }

    /// What an executor answers to a task message is read by the lane as being about the same attempt.
    private static func taskMessage(_ input: Bytes) -> String? {
        var reader = TaskMessageReader()
        guard let message = try? reader.read(input) else { return nil }
        if let seconds = message.timeoutSeconds, !(seconds > 0) { return "a time limit of \(seconds) s" }
        var writer = ResultWriter(workerID: "w")
        let times = AttemptTimes(started: 1, finished: 2, milliseconds: 1)
        let failure = ReportedFailure(String(decoding: input.prefix(50), as: UTF8.self), .transient, type: "t")
        return answer(message, .taskFailed, writer.failed(message, failure, times: times))
            ?? answer(message, .taskDone, writer.held(message, milliseconds: 5))
            ?? answer(
                message, .taskDone, writer.done(message, output: message.inputs.bytes, degraded: true, times: times))
            ?? segment(message)
    }

    /// Whatever a message brings along: each task that is gone on with can be answered for.
    private static func segment(_ message: TaskMessage) -> String? {
        guard message.isSegment else { return nil }
        let run = SegmentRun(message, SegmentPlan(message))
        var writer = ResultWriter(workerID: "w")
        let times = AttemptTimes(started: 1, finished: 2, milliseconds: 1)
        while let next = run.advance(with: message.inputs) {
            guard run.step < Limits.segmentTasks else { return "a segment of \(run.step) tasks" }
            let link = SegmentLink(SegmentMark(id: 7, step: Int32(run.step)), next: next.taskID, holdMilliseconds: 5)
            let value = writer.done(next, output: next.inputs.bytes, degraded: false, times: times, link: link)
            if let problem = answer(next, .taskDone, value) { return problem }
        }
        return nil
    }

    private static func answer(_ message: TaskMessage, _ topic: InputTopic, _ value: [UInt8]) -> String? {
        var lane = InputReader()
        let read = lane.read(InputRecord(topic: topic, lane: 0, offset: 0, value: value[...]))
        guard case .result(let result) = read else { return "an answer the lane cannot read: \(value[...].shown)" }
        let isSame = result.runID == Identifier(message.runID) && result.taskID == Identifier(message.taskID)
        let attempt = message.attempt.flatMap { Int32(exactly: $0) }
        return isSame && (attempt == nil || result.attempt == attempt) ? nil : "an answer about something else"
    }

    /// Whatever is on the topic becomes a row that Postgres takes.
    private static func deadLetter(_ input: Bytes) -> String? {
        var reader = LetterReader(topic: "dead_letter_queue")
        let letter = reader.read(LetterRecord(partition: 1, offset: 2, key: input.prefix(9), value: input, time: 3))
        let texts = [
            letter.messageID, letter.reason, letter.error, letter.runID, letter.taskID, letter.handler,
            letter.errorClass, letter.errorType, letter.sessionID, letter.tenantID, letter.flowID,
        ].compactMap { $0 }
        if !texts.allSatisfy(isText) { return "a text that cannot be stored" }
        if letter.messageID.isEmpty { return "a letter without an id" }
        if !(0...Int(Int32.max)).contains(letter.attempts) { return "\(letter.attempts) attempts" }
        let payloads = [letter.task, letter.original].compactMap { $0 }
        return payloads.allSatisfy { JSONValue(trusted: $0).isStorable } ? nil : "a payload that cannot be stored"
    }

    /// Read from whatever a row may hold, written, and read again: the same.
    private static func runControl(_ input: Bytes) -> String? {
        guard let value = try? JSONValue(validating: input) else { return nil }
        let control = RunControl(reading: value)
        var writer = JSONWriter()
        control.write(to: &writer)
        guard let written = try? JSONValue(validating: writer.bytes[...]) else { return "written, it is not JSON" }
        return RunControl(reading: written) == control ? nil : "written and read, it is something else"
    }
}
