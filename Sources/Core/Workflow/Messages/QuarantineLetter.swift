public import JSON

/// A record as it stood in its topic, whoever read it there.
public struct OriginalRecord: Sendable {
    public var topic: String
    public var partition: Int32
    public var offset: Int64
    public var key: Bytes?
    public var value: Bytes

    public init(topic: String, partition: Int32, offset: Int64, key: Bytes? = nil, value: Bytes) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
    }
}

/// The dead letter of a record, or of a run that could not start: it carries the record itself.
public enum QuarantineLetter {
    public static func write(
        kind: StaticString, reason: DeadLetterReason, sentence: String, original: OriginalRecord,
        run: RunRow? = nil, runID: Identifier? = nil, at time: Microseconds
    ) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("message_id", string: "dl/\(original.topic)/\(original.partition)/\(original.offset)")
        writer.member("kind", string: kind)
        writer.member("reason", string: reason.rawValue)
        writer.memberIfPresent("run_id", string: (run?.runID ?? runID).map { $0.bytes[...] })
        writer.member("attempts", int: 0)
        writer.member("error", string: ErrorText.storable(sentence))
        writer.member("error_class", string: ErrorClass.permanent.rawValue)
        writer.key("failed_at")
        writer.string(Timestamp.text(time))
        writer.memberIfPresent("session_id", string: run.map { $0.sessionID.bytes[...] })
        writer.memberIfPresent("tenant_id", string: run.map { $0.tenantID.bytes[...] })
        writer.memberIfPresent("flow_id", string: run.map { $0.flowID.bytes[...] })
        writer.key("original")
        write(original, to: &writer)
        writer.endObject()
        return writer.bytes[...]
    }

    private static func write(_ original: OriginalRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("topic", string: original.topic)
        writer.member("partition", int: Int(original.partition))
        writer.member("offset", int: Int(original.offset))
        if let key = original.key { writer.member("key", string: ErrorText.storable(key)) }
        writer.key("value_base64")
        writer.string(Base64.encode(original.value.prefix(Limits.quarantinedBytes)))
        let bytes = original.value.count
        if bytes > Limits.quarantinedBytes { writer.member("cut_from_bytes", int: bytes) }
        writer.endObject()
    }
}

/// RFC 4648, with padding.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    public static func encode(_ bytes: Bytes) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let count = min(3, bytes.endIndex - position)
            var group = UInt32(bytes[position]) << 16
            if count > 1 { group |= UInt32(bytes[position + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[position + 2]) }
            for digit in 0..<4 {
                let isPadding = digit > count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(group >> (18 - 6 * UInt32(digit)) & 63)])
            }
            position += count
        }
        return text
    }
}
