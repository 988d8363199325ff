public import JSON

/// The tokens in a request's `delivery`, for those who keep it. They are known by the member's name alone, wherever it
/// stands, so that an entry that makes no sense hides none.
public enum DeliveryTokens {
    /// Quick, and never wrong where it says no.
    public static func mayStand(in delivery: Bytes) -> Bool {
        guard delivery.count >= name.count else { return false }
        return delivery.withUnsafeBufferPointer { bytes in
            for place in bytes.indices {
                // A name may be written with escapes.
                if bytes[place] == UInt8(ascii: "\\") { return true }
                if bytes[place] == name[0], bytes[place...].starts(with: name) { return true }
            }
            return false
        }
    }

    private static let name = Array("token".utf8)

    /// The same with other tokens.
    public static func replaced(in delivery: Bytes, by change: ([UInt8]) -> [UInt8]) -> Bytes {
        guard mayStand(in: delivery) else { return delivery }
        var writer = JSONWriter(reserving: delivery.count + 200)
        write(JSONValue(trusted: delivery), change, to: &writer)
        return writer.bytes[...]
    }

    private static func write(_ value: JSONValue, _ change: ([UInt8]) -> [UInt8], to writer: inout JSONWriter) {
        switch value.kind {
        case .array:
            writer.beginArray()
            value.forEachElement { write($0, change, to: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            value.forEachMember { key, value in
                let name = key.string() ?? []
                writer.key(bytes: name)
                if name == Self.name, let token = value.string() {
                    writer.string(change(token))
                } else {
                    write(value, change, to: &writer)
                }
            }
            writer.endObject()
        default: writer.raw(value.bytes)
        }
    }
}
