/// One text for all texts of the same value: what templates write into strings, and what comparisons compare.
///
/// The last of several equal keys wins, keys are sorted by their bytes, no white space, the fewest escapes, numbers by
/// value. A text and what Postgres' jsonb makes of it come out the same.
public enum JSONCanonical {
    public static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value.kind {
        case .null, .bool: bytes.append(contentsOf: value.bytes)
        case .number: JSONNumber(value.bytes).append(to: &bytes)
        case .string: JSONText.append(value.plainString.map { Array($0) } ?? value.string() ?? [], to: &bytes)
        case .array: appendArray(value, to: &bytes)
        case .object: appendObject(value, to: &bytes)
        }
    }

    public static func bytes(of value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }

    private static func appendArray(_ value: JSONValue, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        value.forEachElement { element in
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            append(element, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func appendObject(_ value: JSONValue, to bytes: inout [UInt8]) {
        var members: [[UInt8]: JSONValue] = [:]
        value.forEachMember { key, member in members[key.string() ?? []] = member }
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (key, member) in members.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            JSONText.append(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(member, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension JSONValue: Equatable {
    /// Equal by value, however it is written.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        if left.kind != right.kind { return false }
        if left.bytes == right.bytes { return true }
        return JSONCanonical.bytes(of: left) == JSONCanonical.bytes(of: right)
    }
}
