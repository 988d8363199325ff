import JSON

/// The JSON object that a request carries. Absent values are left out.
struct RequestBody {
    private var writer = JSONWriter(reserving: 256)

    init() { writer.beginObject() }

    var bytes: [UInt8] {
        var whole = writer
        whole.endObject()
        return whole.bytes
    }

    mutating func put(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        writer.member(name, string: text)
    }

    mutating func put(_ name: StaticString, _ number: Int?) { writer.memberIfPresent(name, int: number) }

    mutating func put(_ name: StaticString, _ flag: Bool?) {
        guard let flag else { return }
        writer.member(name, bool: flag)
    }

    mutating func put(_ name: StaticString, _ number: Double?) {
        guard let number else { return }
        let isWhole = number == number.rounded() && number.magnitude < 1e15
        writer.member(name, raw: Array((isWhole ? String(Int(number)) : String(number)).utf8)[...])
    }

    mutating func put(_ name: StaticString, raw json: Bytes?) { writer.memberIfPresent(name, raw: json) }

    mutating func put(_ name: StaticString, texts: [String]?) {
        guard let texts else { return }
        writer.key(name)
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
    }

    mutating func put(_ name: StaticString, pairs: [(key: String, value: String)]) {
        guard !pairs.isEmpty else { return }
        writer.key(name)
        writer.beginObject()
        for pair in pairs {
            writer.key(bytes: Array(pair.key.utf8))
            writer.string(pair.value)
        }
        writer.endObject()
    }
}
