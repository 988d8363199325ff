import JSON

/// Reads records of the dead letter topic, whoever wrote them. It never fails: what cannot be read is kept as bytes.
public struct LetterReader: Sendable {
    private let topic: String
    private var members = JSONMembers()

    /// - `topic`: its name, for the ids of records that have none.
    public init(topic: String) { self.topic = topic }

    public mutating func read(_ record: LetterRecord) -> DeadLetter {
        guard let value = record.value else { return unreadable(record, "the record has no value") }
        do throws(JSONError) {
            try members.scan(value, limits: JSONLimits(maxBytes: .max))
        } catch {
            return unreadable(record, "\(error)")
        }
        guard let messageID = text("message_id", within: 1_024), !messageID.isEmpty else {
            return unreadable(record, "message_id is missing or no text of 1 to 1024 bytes")
        }
        return letter(messageID, record, value)
    }

    /// The same letter without anything that a store might refuse: the record itself is all of it.
    public func unreadable(_ record: LetterRecord, _ sentence: String) -> DeadLetter {
        DeadLetter(
            messageID: Array("dl/\(topic)/\(record.partition)/\(record.offset)".utf8), kind: .record,
            reason: Array(DeadLetterReason.undecodable.rawValue.utf8), attempts: 0, error: Array(sentence.utf8),
            errorClass: Array(ErrorClass.permanent.rawValue.utf8), failedAt: record.time,
            original: position(of: record), value: record.value ?? [])
    }

    private func letter(_ messageID: [UInt8], _ record: LetterRecord, _ value: Bytes) -> DeadLetter {
        let (runID, taskID) = (id("run_id"), id("task_id"))
        let (task, original) = (payload("task"), payload("original"))
        let isWhole = isKept("task", task) && isKept("original", original)
        let kind = kind(runID, taskID)
        let attempts = min(max(members["attempts"]?.int ?? 0, 0), Int(Int32.max))
        return DeadLetter(
            messageID: LetterID.kept(messageID, kind, runID, taskID, attempts: attempts), kind: kind, reason: reason(),
            runID: runID, taskID: taskID, handler: id("handler"), attempts: attempts,
            error: errorText(), errorClass: id("error_class"), errorType: text("error_type", within: 1_024),
            failedAt: members["failed_at"]?.string().flatMap { Timestamp.parse($0[...]) } ?? record.time,
            sessionID: id("session_id"), tenantID: id("tenant_id"), flowID: id("flow_id"), task: task,
            original: original, value: isWhole ? nil : value)
    }

    /// What it says it is, as far as that can be: a task has a run and an id.
    private func kind(_ runID: [UInt8]?, _ taskID: [UInt8]?) -> DeadLetter.Kind {
        let said = members["kind"]?.string().flatMap { DeadLetter.Kind(rawValue: String(decoding: $0, as: UTF8.self)) }
        switch (said, runID != nil, taskID != nil) {
        case (.record, _, _): return .record
        case (.task, true, true), (nil, true, true): return .task
        case (.run, true, _), (nil, true, false): return .run
        default: return .record
        }
    }

    private func reason() -> [UInt8] {
        guard let reason = text("reason", within: 64), Identifier.isValidName(reason[...]) else {
            return Array(DeadLetterReason.permanent.rawValue.utf8)
        }
        return reason
    }

    private func errorText() -> [UInt8] {
        guard let value = members["error"] else { return Array("no error is told".utf8) }
        let said = value.string() ?? Array(value.bytes)
        return LetterReader.storable(said.count <= Limits.errorBytes ? said : Array(said.prefix(Limits.errorBytes)))
    }

    private func id(_ name: StaticString) -> [UInt8]? {
        text(name, within: Identifier.longest).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func text(_ name: StaticString, within limit: Int) -> [UInt8]? {
        guard let text = members[name]?.string(), text.count <= limit else { return nil }
        return LetterReader.storable(text)
    }

    /// Text as Postgres takes it: UTF-8 without NUL.
    private static func storable(_ text: [UInt8]) -> [UInt8] {
        let clean = text.contains(0) ? text.flatMap { $0 == 0 ? Array("\u{FFFD}".utf8) : [$0] } : text
        guard String(validating: clean, as: UTF8.self) == nil else { return clean }
        return Array(String(decoding: clean, as: UTF8.self).utf8)
    }

    private func payload(_ name: StaticString) -> Bytes? {
        guard members.isStorable(name), members.depth(name) <= 2 * Limits.depth else { return nil }
        return members[name]?.bytes
    }

    private func isKept(_ name: StaticString, _ payload: Bytes?) -> Bool { payload != nil || members[name] == nil }

    private func position(of record: LetterRecord) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("topic", string: topic)
        writer.member("partition", int: Int(record.partition))
        writer.member("offset", int: Int(record.offset))
        if let key = record.key {
            writer.member("key", string: LetterReader.storable(Array(key)))
        }
        writer.endObject()
        return writer.bytes[...]
    }
}
