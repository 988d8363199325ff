import JSON

/// Finds what is wrong with an `input_schema` itself: keywords nobody reads, and values that say nothing, each with its
/// path. A slip there would let every input pass.
enum SchemaCheck {
    private static let keywords: [StaticString] = [
        "type", "enum", "required", "properties", "additionalProperties", "items",
    ]
    /// For people and tools; they ask nothing of an input.
    private static let annotations: [StaticString] = [
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$id",
        "$comment",
    ]
    private static let types = ["null", "boolean", "number", "integer", "string", "array", "object"]

    /// Nests as deep as a definition may.
    static func check(_ schema: JSONValue, at path: String, _ problems: inout FlowProblems) {
        guard schema.kind != .bool else { return }
        guard schema.kind == .object else { return problems.add(path, "must be an object or a boolean") }
        for (key, value) in schema.pairs {
            let name = key.string() ?? []
            let place = "\(path).\(String(decoding: name, as: UTF8.self))"
            switch String(decoding: name, as: UTF8.self) {
            case "type": checkType(value, place, &problems)
            case "enum":
                if value.kind != .array || value.parts.isEmpty { problems.add(place, "must be a list of values") }
            case "required": checkNames(value, place, &problems)
            case "properties":
                guard value.kind == .object else {
                    problems.add(place, "must be an object")
                    continue
                }
                for (key, property) in value.pairs {
                    let name = String(decoding: key.string() ?? [], as: UTF8.self)
                    check(property, at: "\(place).\(name)", &problems)
                }
            case "additionalProperties":
                if value.kind != .bool { problems.add(place, "must be true or false") }
            case "items": check(value, at: place, &problems)
            default: checkUnknown(name, place, &problems)
            }
        }
    }

    private static func checkType(_ value: JSONValue, _ place: String, _ problems: inout FlowProblems) {
        let isList = value.kind == .array
        let names = isList ? value.parts : [value]
        if names.isEmpty { problems.add(place, "must name a type") }
        for (index, name) in names.enumerated() {
            let place = isList ? "\(place)[\(index)]" : place
            guard let text = name.string() else {
                problems.add(place, "must be a string")
                continue
            }
            guard !types.contains(String(decoding: text, as: UTF8.self)) else { continue }
            let near = NearestKnown.find(text, among: types.lazy.map { Array($0.utf8) })
            problems.add(place, "must be one of \(types.joined(separator: ", "))", nearest: near)
        }
    }

    private static func checkNames(_ value: JSONValue, _ place: String, _ problems: inout FlowProblems) {
        guard value.kind == .array else { return problems.add(place, "must be a list of names") }
        for (index, name) in value.parts.enumerated() where name.string() == nil {
            problems.add("\(place)[\(index)]", "must be a string")
        }
    }

    private static func checkUnknown(_ name: [UInt8], _ place: String, _ problems: inout FlowProblems) {
        let bytes = { (word: StaticString) in word.withUTF8Buffer { Array($0) } }
        guard !annotations.contains(where: { bytes($0) == name }) else { return }
        let near = problems.isLong ? nil : NearestKnown.find(name, among: keywords.lazy.map(bytes))
        let known = keywords.map { "\($0)" }.joined(separator: ", ")
        problems.add(place, "is not checked here, only \(known) are", nearest: near)
    }
}
