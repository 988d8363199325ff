public import JSON

/// The dead letter of a record, or of a run that could not start: it carries the record itself.
public enum QuarantineLetter {
    public static func write(
        kind: StaticString, reason: DeadLetterReason, sentence: String, record: InputRecord, topicName: String,
        run: RunRow?, runID: Identifier?, at time: Microseconds
    ) -> Bytes {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("message_id", string: "dl/\(topicName)/\(record.lane)/\(record.offset)")
        writer.member("kind", string: kind)
        writer.member("reason", string: reason.rawValue)
        writer.memberIfPresent("run_id", string: (run?.runID ?? runID).map { $0.bytes[...] })
        writer.member("attempts", int: 0)
        writer.member("error", string: sentence)
        writer.member("error_class", string: ErrorClass.permanent.rawValue)
        writer.key("failed_at")
        writer.string(Timestamp.text(time))
        writer.memberIfPresent("session_id", string: run.map { $0.sessionID.bytes[...] })
        writer.memberIfPresent("tenant_id", string: run.map { $0.tenantID.bytes[...] })
        writer.memberIfPresent("flow_id", string: run.map { $0.flowID.bytes[...] })
        writer.key("original")
        writeOriginal(record, topicName, &writer)
        writer.endObject()
        return writer.bytes[...]
    }

    private static func writeOriginal(_ record: InputRecord, _ topicName: String, _ writer: inout JSONWriter) {
        let value = record.value ?? []
        writer.beginObject()
        writer.member("topic", string: topicName)
        writer.member("partition", int: Int(record.lane))
        writer.member("offset", int: Int(record.offset))
        if let key = record.key {
            writer.member("key", string: Array(String(decoding: key, as: UTF8.self).utf8)[...])
        }
        writer.key("value_base64")
        writer.string(Base64.encode(value.prefix(Limits.quarantinedBytes)))
        if value.count > Limits.quarantinedBytes { writer.member("cut_from_bytes", int: value.count) }
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
