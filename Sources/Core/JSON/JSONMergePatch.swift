/// Changes a value as a JSON merge patch says (RFC 7396): members replace members, null removes one, anything that is
/// no object replaces the whole.
public enum JSONMergePatch {
    public static func apply(_ patch: JSONValue, to value: JSONValue) -> [UInt8] {
        var writer = JSONWriter(reserving: value.bytes.count + patch.bytes.count)
        write(patch, over: value, to: &writer)
        return writer.bytes
    }

    private static func write(_ patch: JSONValue, over value: JSONValue?, to writer: inout JSONWriter) {
        guard patch.kind == .object else { return writer.raw(patch.bytes) }
        var (changes, names) = members(of: patch)
        writer.beginObject()
        if let value {
            let (old, order) = members(of: value)
            for name in order {
                let change = changes.removeValue(forKey: name)
                guard change?.isNull != true else { continue }
                writer.key(bytes: name)
                if let change {
                    write(change, over: old[name], to: &writer)
                } else {
                    writer.raw(old[name]?.bytes ?? [])
                }
            }
        }
        names.removeAll { changes[$0]?.isNull ?? true }
        for name in names {
            writer.key(bytes: name)
            if let change = changes[name] { write(change, over: nil, to: &writer) }
        }
        writer.endObject()
    }

    /// The last of several members with the same name, and the names in the order of the text.
    private static func members(of value: JSONValue) -> (values: [[UInt8]: JSONValue], order: [[UInt8]]) {
        var (values, order): ([[UInt8]: JSONValue], [[UInt8]]) = ([:], [])
        value.forEachMember { key, member in
            let name = key.string() ?? []
            if values.updateValue(member, forKey: name) == nil { order.append(name) }
        }
        return (values, order)
    }
}
