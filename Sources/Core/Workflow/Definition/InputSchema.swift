public import JSON

/// The part of JSON Schema that inputs of runs are checked by: `type`, `enum`, `required`, `properties`,
/// `additionalProperties: false` and `items`. A definition with others is refused, but for
/// those that only describe.
struct InputSchema {
    private(set) var problems: [String] = []

    /// Nests as deep as the schema does, which a definition limits to 64.
    mutating func check(_ value: JSONValue, _ schema: JSONValue, at path: String) {
        guard !isFull else { return }
        if schema.bool == false { problems.append("\(path) must be absent") }
        guard schema.kind == .object else { return }
        guard checkType(value, schema, path) else { return }
        if let choices = schema.member("enum"), !choices.parts.contains(value) {
            problems.append("\(path) must be one of \(String(decoding: choices.bytes, as: UTF8.self))")
        }
        if value.kind == .object { checkMembers(value, schema, path) }
        guard let items = schema.member("items") else { return }
        for (place, element) in value.parts.enumerated() where !isFull {
            check(element, items, at: "\(path)[\(place)]")
        }
    }

    /// Enough to mend the input by; a million problems help nobody.
    private var isFull: Bool { problems.count >= 20 }

    private mutating func checkType(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> Bool {
        guard let type = schema.member("type") else { return true }
        let names = (type.kind == .array ? type.parts : [type]).compactMap { $0.string() }
        let known = names.map { String(decoding: $0, as: UTF8.self) }
        if known.isEmpty || known.contains(where: { Self.isOf($0, value) }) { return true }
        problems.append("\(path) must be of type \(known.joined(separator: " or "))")
        return false
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "null": value.kind == .null
        case "boolean": value.kind == .bool
        case "number": value.kind == .number
        case "integer": value.kind == .number && value.isWhole
        case "string": value.kind == .string
        case "array": value.kind == .array
        case "object": value.kind == .object
        default: true
        }
    }

    private mutating func checkMembers(_ value: JSONValue, _ schema: JSONValue, _ path: String) {
        for name in schema.member("required")?.parts.compactMap({ $0.string() }) ?? []
        where !isFull && value.member(name) == nil {
            problems.append("\(path).\(String(decoding: name, as: UTF8.self)) is missing")
        }
        let properties = schema.member("properties")
        let isClosed = schema.member("additionalProperties")?.bool == false
        for (key, member) in value.pairs where !isFull {
            let name = key.string() ?? []
            if let property = properties?.member(name) {
                check(member, property, at: "\(path).\(String(decoding: name, as: UTF8.self))")
            } else if isClosed {
                problems.append("\(path).\(String(decoding: name, as: UTF8.self)) is not known")
            }
        }
    }
}

extension Flow {
    /// What is wrong with a run's input by `input_schema`, each finding with its path; nothing if there is no schema.
    public func problems(ofInput input: JSONValue) -> [String] {
        guard let inputSchema else { return [] }
        var schema = InputSchema()
        schema.check(input, inputSchema, at: "input")
        return schema.problems
    }
}

extension JSONValue {
    /// A number without fraction, of any size.
    fileprivate var isWhole: Bool { int != nil || !JSONCanonical.bytes(of: self).contains { $0 == UInt8(ascii: ".") } }
}
