/// One text for all texts of the same value: what templates write into strings, and what comparisons compare.
///
/// The last of several equal keys wins, keys are sorted by their bytes, no white space, the fewest escapes, numbers by
/// value. A text and what Postgres' jsonb makes of it come out the same.
public enum JSONCanonical {
    public static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        guard value.kind == .object || value.kind == .array else { return appendScalar(value, to: &bytes) }
        var writer = JSONWriter()
        swap(&writer.bytes, &bytes)
        CanonicalTree(value).write(to: &writer)
        swap(&writer.bytes, &bytes)
    }

    public static func bytes(of value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.bytes.count)
        append(value, to: &bytes)
        return bytes
    }

    static func appendScalar(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value.kind {
        case .string:
            if let text = value.plainString {
                JSONText.append(text, to: &bytes)
            } else {
                JSONText.append(value.string() ?? [], to: &bytes)
            }
        case .number where !isPlainNumber(value.bytes): JSONNumber(value.bytes).append(to: &bytes)
        default: bytes.append(contentsOf: value.bytes)
        }
    }

    /// Digits only, and not so many that the scientific form is due.
    private static func isPlainNumber(_ text: Bytes) -> Bool {
        text.count <= 40 && text.allSatisfy { $0 &- 0x30 < 10 }
    }
}

extension JSONValue: Equatable {
    /// Equal by value, however it is written. Halves of surrogate pairs are all the same.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        if left.kind != right.kind { return false }
        if left.bytes == right.bytes { return true }
        return JSONCanonical.bytes(of: left) == JSONCanonical.bytes(of: right)
    }
}
