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
    }

    struct Field {
        let name: String
        let value: Value
        /// Fields that are too long or too rare for a table are left to json and jsonl.
        var inTable = true
    }

    private(set) var fields: [Field] = []

    mutating func add(_ name: String, _ value: Value, inTable: Bool = true) {
        fields.append(Field(name: name, value: value, inTable: inTable))
    }

    var tableFields: [Field] { fields.filter(\.inTable) }

    /// The record as a JSON object on one line; absent values are left out.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for field in fields where field.value != .absent {
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
}

extension OutputRecord.Value {
    /// The value for people.
    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .bool(let bool): bool ? "yes" : "no"
        case .json(let bytes): String(decoding: bytes, as: UTF8.self)
        case .absent: "-"
        }
    }
}
