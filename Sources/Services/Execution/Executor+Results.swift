import JSON
import Platform
import Workflow

/// Results: from an outcome to what is published of it.
extension Executor {
    /// Makes the result of an attempt and puts it into the line.
    func finish(_ attempt: RunningAttempt, _ outcome: HandlerOutcome, _ now: StepTime) {
        let times = AttemptTimes(
            started: attempt.started.wall, finished: now.wall,
            milliseconds: Int((now.steady - attempt.started.steady) / 1_000))
        attempt.handler?.count(outcome, microseconds: now.steady - attempt.started.steady)
        outside.journal.debug(
            "an attempt has ended",
            fields(attempt.message) + [.status(outcome.name), .milliseconds(Double(times.milliseconds))])
        let next = follower(of: attempt, outcome, now)
        let link = link(attempt, to: next)
        switch outcome {
        case .succeeded(let output) where output.bytes.count <= limits.outputBytes:
            succeed(attempt, output.bytes, degraded: false, times, link)
        case .degraded(let output) where output.bytes.count <= limits.outputBytes:
            succeed(attempt, output.bytes, degraded: true, times, link)
        case .succeeded(let output), .degraded(let output):
            fail(attempt, tooLarge(output.bytes.count), times, link)
            counts.failed += 1
        case .failed(let failure):
            count(failure)
            fail(attempt, fitted(failure), times, link)
        }
        guard let next else {
            attempt.segment?.isOver = true
            return
        }
        KillPoint.segmentStep.pass()
        run(next)
    }

    private func succeed(
        _ attempt: RunningAttempt, _ output: Bytes, degraded: Bool, _ times: AttemptTimes, _ link: SegmentLink?
    ) {
        counts.succeeded += 1
        send(
            attempt, .done,
            writer.done(attempt.message, output: output, degraded: degraded, times: times, link: link))
    }

    private func fail(
        _ attempt: RunningAttempt, _ failure: ReportedFailure, _ times: AttemptTimes, _ link: SegmentLink?
    ) {
        send(attempt, .failed, writer.failed(attempt.message, failure, times: times, link: link))
    }

    private func send(_ attempt: RunningAttempt, _ topic: ResultRecord.Topic, _ value: [UInt8]) {
        guard let segment = attempt.segment else {
            return publications.add(
                topic, lane: attempt.message.lane, key: attempt.message.runID, value: value, of: attempt.origin,
                settles: attempt.isSettled ? .nothing : .record)
        }
        // On one topic, so that the lane reads them in order.
        publications.add(
            .done, lane: attempt.message.lane, key: attempt.message.runID, value: value, of: attempt.origin,
            settles: attempt.isSettled ? .nothing : .segment, in: segment)
    }

    private func count(_ failure: ReportedFailure) {
        counts.failed += 1
        outside.metrics?.failures.with(failure.errorClass?.rawValue ?? "by_text").add()
        if failure.errorClass == .timeout { counts.timedOut += 1 }
        if failure.errorClass == .cancelled { counts.cancelled += 1 }
    }

    private func tooLarge(_ bytes: Int) -> ReportedFailure {
        ReportedFailure(
            "the output has \(bytes) bytes, more than the limit of \(limits.outputBytes)", .permanent, type: "too_large"
        )
    }

    /// A failure whose parts are bounded, so that it always fits into a record.
    private func fitted(_ failure: ReportedFailure) -> ReportedFailure {
        var failure = failure
        failure.error = failure.error.cut(toBytes: Limits.errorBytes)
        failure.detail = failure.detail?.cut(toBytes: 65_536)
        if let partial = failure.partialOutput, partial.count > limits.outputBytes { failure.partialOutput = nil }
        return failure
    }

    /// A record nobody can read: kept as a dead letter with its bytes, cut if they would not fit, and done with.
    func quarantine(_ record: TaskLogRecord, _ origin: RecordOrigin, _ error: TaskMessageError, _ now: StepTime) {
        counts.undecodable += 1
        outside.journal.limited(
            "undecodable", .warning, "A record is no task message and becomes a dead letter.",
            [.partition(origin.partition.partition), .offset(origin.offset), .error(error.reason)])
        let letter = deadLetter(origin, (record.value ?? [])[...], error.reason, now)
        publications.add(.deadLetters, lane: nil, key: [], value: letter, of: origin, settles: .record)
    }

    private func deadLetter(_ origin: RecordOrigin, _ value: Bytes, _ error: String, _ now: StepTime) -> [UInt8] {
        let original = OriginalRecord(
            topic: outside.log.name(ofTopic: origin.partition.topic), partition: origin.partition.partition,
            offset: origin.offset, value: value)
        return Array(
            QuarantineLetter.write(
                kind: "record", reason: .undecodable, sentence: error, original: original, at: now.wall))
    }

    /// Answers in few words where the log refused the whole answer.
    func shorten(_ publication: Publication, _ now: StepTime) {
        let result = publication.result
        let times = AttemptTimes(started: now.wall, finished: now.wall, milliseconds: 0)
        if result.topic != .deadLetters, let task = try? reader.read(result.value[...]) {
            let link = SegmentLink(reading: result.value[...])
            let value = writer.failed(task, tooLarge(result.value.count), times: times, link: link)
            publications.add(
                link == nil ? .failed : .done, lane: result.lane, key: result.key, value: value,
                of: publication.origin, settles: publication.settles, in: publication.segment)
        } else {
            let value = deadLetter(publication.origin, [], "the record is too large to be kept", now)
            publications.add(
                .deadLetters, lane: nil, key: [], value: value, of: publication.origin,
                settles: publication.settles, in: publication.segment)
        }
    }
}

extension String {
    /// The beginning that fits, behind the last whole scalar; by bytes, for one character may have millions of them.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let bytes = Array(utf8.prefix(limit - 2))
        var end = limit - 3
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self) + "…"
    }
}
