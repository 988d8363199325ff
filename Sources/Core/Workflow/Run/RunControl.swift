public import JSON

/// What somebody did to a run, kept in its row: which commands were applied, when it was paused, how it ended.
///
/// Pauses and the ending carry the batch that made them, so that the work of a batch can be derived again.
public struct RunControl: Sendable, Equatable {
    public struct Pause: Sendable, Equatable {
        public var batch: Int64
        public var at: Microseconds
        public var actor: Bytes?
        public var reason: Bytes?
        public var resumedBatch: Int64?
        public var resumedAt: Microseconds?
        public var resumedBy: Bytes?
        public var resumeReason: Bytes?

        public init(batch: Int64, at: Microseconds, actor: Bytes?, reason: Bytes?) {
            self.batch = batch
            self.at = at
            self.actor = actor
            self.reason = reason
        }
    }

    /// The run lived again after it had failed.
    public struct Revival: Sendable, Equatable {
        public var batch: Int64
        public var at: Microseconds
        public var actor: Bytes?
        public var reason: Bytes?

        public init(batch: Int64, at: Microseconds, actor: Bytes?, reason: Bytes?) {
            self.batch = batch
            self.at = at
            self.actor = actor
            self.reason = reason
        }
    }

    /// The last `changeLimit` of each: what they released is only derived again for the last batch.
    public private(set) var pauses: [Pause] = []
    public private(set) var revivals: [Revival] = []
    /// Time spent in pauses of this life that are no longer kept.
    private var earlierPauses: Microseconds = 0
    /// Ids of answered commands, the newest last: the last `requestLimit`. `audit_log` has all, also what an ended run
    /// refused.
    public private(set) var requests: [Bytes] = []
    public var endBatch: Int64?
    public var cancelActor: Bytes?
    public var cancelReason: Bytes?
    /// How often the run had ended, this time included.
    public var endings: Int32 = 0
    public var timeout: Microseconds?
    public var traceparent: Bytes?

    public init() {}

    /// The row is written whole with each change, so it must not grow with the commands of years.
    static let requestLimit = 100
    static let changeLimit = 50

    mutating func note(request: Bytes) {
        requests.append(request)
        if requests.count > Self.requestLimit { requests.removeFirst() }
    }

    mutating func begin(_ pause: Pause) {
        pauses.append(pause)
        guard pauses.count > Self.changeLimit else { return }
        let oldest = pauses.removeFirst()
        if oldest.at >= revivals.last?.at ?? .min { earlierPauses += (oldest.resumedAt ?? oldest.at) - oldest.at }
    }

    mutating func note(_ revival: Revival) {
        revivals.append(revival)
        earlierPauses = 0
        if revivals.count > Self.changeLimit { revivals.removeFirst() }
    }

    /// The batch that may dispatch what became ready in `ready`: that batch itself, or the resume that released it.
    /// Nil while a pause holds it back.
    public func releaseBatch(ready: Int64) -> Int64? {
        var batch = ready
        for pause in pauses where pause.batch <= batch {
            guard let resumed = pause.resumedBatch else { return nil }
            if batch < resumed { batch = resumed }
        }
        return batch
    }

    /// When what became ready at `time` in batch `ready` was released.
    func releaseTime(ready: Int64, at time: Microseconds) -> Microseconds {
        var (batch, released) = (ready, time)
        for pause in pauses where pause.batch <= batch {
            guard let resumed = pause.resumedBatch, let at = pause.resumedAt, batch < resumed else { continue }
            (batch, released) = (resumed, at)
        }
        return released
    }

    /// Time spent paused from `start` to `now`; it does not count against the run's time limit.
    public func pausedTime(since start: Microseconds, until now: Microseconds) -> Microseconds {
        pauses.reduce(earlierPauses) { $1.at < start ? $0 : $0 + (($1.resumedAt ?? now) - $1.at) }
    }

    /// Ends the pause that goes on, if there is one; a run may also have ended in it.
    mutating func endPause(_ command: RunCommand, _ turn: TurnContext) {
        guard let last = pauses.indices.last, pauses[last].resumedBatch == nil else { return }
        pauses[last].resumedBatch = turn.batch
        pauses[last].resumedAt = turn.time
        pauses[last].resumedBy = command.actor
        pauses[last].resumeReason = command.reason
    }

    public var isEmpty: Bool { self == RunControl() }
}

extension RunControl {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if !pauses.isEmpty {
            writer.key("pauses")
            writer.beginArray()
            for pause in pauses { pause.write(to: &writer) }
            writer.endArray()
        }
        if !revivals.isEmpty {
            writer.key("revivals")
            writer.beginArray()
            for revival in revivals { revival.write(to: &writer) }
            writer.endArray()
        }
        if earlierPauses > 0 { writer.member("earlier_pauses_us", int: Int(earlierPauses)) }
        if !requests.isEmpty {
            writer.key("requests")
            writer.beginArray()
            for request in requests { writer.string(request) }
            writer.endArray()
        }
        writer.memberIfPresent("end_batch", int: endBatch.map { Int($0) })
        writer.memberIfPresent("cancel_actor", string: cancelActor)
        writer.memberIfPresent("cancel_reason", string: cancelReason)
        if endings > 0 { writer.member("endings", int: Int(endings)) }
        writer.memberIfPresent("timeout_us", int: timeout.map { Int($0) })
        writer.memberIfPresent("traceparent", string: traceparent)
        writer.endObject()
    }

    public init(reading value: JSONValue) {
        value.member("pauses")?.forEachElement { pauses.append(Pause(reading: $0)) }
        value.member("revivals")?.forEachElement { revivals.append(Revival(reading: $0)) }
        earlierPauses = value.member("earlier_pauses_us")?.int.map { Int64($0) } ?? 0
        value.member("requests")?.forEachElement { requests.append($0.text ?? []) }
        endBatch = value.member("end_batch")?.int.map { Int64($0) }
        cancelActor = value.member("cancel_actor")?.text
        cancelReason = value.member("cancel_reason")?.text
        endings = max(0, Int32(clamping: value.member("endings")?.int ?? 0))
        timeout = value.member("timeout_us")?.int.map { Int64($0) }
        traceparent = value.member("traceparent")?.text
    }
}

extension RunControl.Pause {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("batch", int: Int(batch))
        writer.member("at_us", int: Int(at))
        writer.memberIfPresent("actor", string: actor)
        writer.memberIfPresent("reason", string: reason)
        writer.memberIfPresent("resumed_batch", int: resumedBatch.map { Int($0) })
        writer.memberIfPresent("resumed_at_us", int: resumedAt.map { Int($0) })
        writer.memberIfPresent("resumed_by", string: resumedBy)
        writer.memberIfPresent("resume_reason", string: resumeReason)
        writer.endObject()
    }

    init(reading value: JSONValue) {
        batch = Int64(value.member("batch")?.int ?? 0)
        at = Int64(value.member("at_us")?.int ?? 0)
        actor = value.member("actor")?.text
        reason = value.member("reason")?.text
        resumedBatch = value.member("resumed_batch")?.int.map { Int64($0) }
        resumedAt = value.member("resumed_at_us")?.int.map { Int64($0) }
        resumedBy = value.member("resumed_by")?.text
        resumeReason = value.member("resume_reason")?.text
    }
}

extension RunControl.Revival {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("batch", int: Int(batch))
        writer.member("at_us", int: Int(at))
        writer.memberIfPresent("actor", string: actor)
        writer.memberIfPresent("reason", string: reason)
        writer.endObject()
    }

    init(reading value: JSONValue) {
        batch = Int64(value.member("batch")?.int ?? 0)
        at = Int64(value.member("at_us")?.int ?? 0)
        actor = value.member("actor")?.text
        reason = value.member("reason")?.text
    }
}

extension JSONValue {
    /// Decoded text as a slice; nil if this is not a string.
    public var text: Bytes? { plainString ?? string().map { $0[...] } }
}
