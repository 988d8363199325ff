import JSON

/// One thing to print: named values in order, the same for people and for programs.
struct OutputRecord {
    enum Value: Equatable {
        case text(String)
        case number(Int)
        case bool(Bool)
        case json(Bytes)
        case absent

        init(_ text: String?) { self = text.map(Value.text) ?? .absent }
        init(_ number: Int?) { self = number.map(Value.number) ?? .absent }
        init(json: Bytes?) { self = json.map(Value.json) ?? .absent }

        init(_ value: JSONValue?) {
            switch value?.kind {
            case nil, .null: self = .absent
            case .string: self = Value(value?.text)
            case .bool: self = .bool(value?.bool ?? false)
            default: self = Value(json: value?.bytes)
            }
        }
    }

    private struct Field {
        let name: String
        let value: Value
        /// Only for people: worked out from what programs get as it is.
        let isShownOnly: Bool
    }

    private var fields: [Field] = []

    init() {}

    /// What the gateway gave, member by member.
    init(_ object: APIObject) {
        for name in object.names { add(name, Value(object[name])) }
    }

    mutating func add(_ name: String, _ value: Value) {
        fields.append(Field(name: name, value: value, isShownOnly: false))
    }

    /// For tables only.
    mutating func show(_ name: String, _ value: Value) {
        fields.insert(Field(name: name, value: value, isShownOnly: true), at: 0)
    }

    subscript(name: String) -> Value { fields.first { $0.name == name }?.value ?? .absent }

    /// The record as a JSON object on one line; absent values are left out.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for field in fields where field.value != .absent && !field.isShownOnly {
            writer.key(bytes: Array(field.name.utf8))
            switch field.value {
            case .text(let text): writer.string(text)
            case .number(let number): writer.int(number)
            case .bool(let bool): writer.bool(bool)
            case .json(let bytes): writer.raw(bytes)
            case .absent: writer.null()
            }
        }
        writer.endObject()
        return writer.bytes
    }

    static func list(_ texts: [String]) -> Bytes {
        var writer = JSONWriter()
        writer.beginArray()
        for text in texts { writer.string(text) }
        writer.endArray()
        return writer.bytes[...]
    }
}

extension OutputRecord.Value {
    /// The value for people.
    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .bool(let bool): bool ? "yes" : "no"
        case .json(let bytes): Self.plain(bytes)
        case .absent: "-"
        }
    }

    /// Lists of texts without their brackets, the rest as it is.
    private static func plain(_ bytes: Bytes) -> String {
        let value = JSONValue(trusted: bytes)
        let elements = value.elements
        let texts = elements.compactMap(\.text)
        guard value.kind == .array, texts.count == elements.count else { return String(decoding: bytes, as: UTF8.self) }
        return texts.isEmpty ? "-" : texts.joined(separator: ", ")
    }
}
