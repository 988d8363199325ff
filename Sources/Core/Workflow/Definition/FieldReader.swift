import JSON

/// Reads the fields of one object of a definition and notes what is wrong with them. `null` means absent.
struct FieldReader {
    /// Of the object; empty for the definition itself.
    let path: String
    private var fields: [(name: [UInt8], value: JSONValue)] = []

    /// Notes unknown fields and fields given twice.
    init(_ object: JSONValue, at path: String, known: [StaticString], _ problems: inout FlowProblems) {
        self.path = path
        object.forEachMember { key, value in
            let name = key.string() ?? []
            if !known.contains(where: { Self.isSame(name, $0) }) {
                let near = NearestKnown.find(name, among: known.lazy.map(Self.bytes))
                problems.add(place(String(decoding: name, as: UTF8.self)), "unknown field", nearest: near)
            } else if fields.contains(where: { $0.name == name }) {
                problems.add(place(String(decoding: name, as: UTF8.self)), "given twice")
            } else {
                fields.append((name, value))
            }
        }
    }

    func place(_ name: some CustomStringConvertible) -> String { path.isEmpty ? "\(name)" : "\(path).\(name)" }

    /// The field's value unless it is absent or null.
    func value(_ name: StaticString) -> JSONValue? {
        let field = fields.first { Self.isSame($0.name, name) }
        guard let field, !field.value.isNull else { return nil }
        return field.value
    }

    func text(_ name: StaticString, _ problems: inout FlowProblems) -> [UInt8]? {
        guard let value = value(name) else { return nil }
        guard let text = value.string() else {
            problems.add(place(name), "must be a string")
            return nil
        }
        return text
    }

    /// A name or id of the given kind.
    func name(_ name: StaticString, _ kind: NameKind, _ problems: inout FlowProblems) -> Identifier? {
        guard let text = text(name, &problems) else { return nil }
        return kind.check(text, at: place(name), &problems)
    }

    func flag(_ name: StaticString, _ problems: inout FlowProblems) -> Bool? {
        guard let value = value(name) else { return nil }
        if value.bool == nil { problems.add(place(name), "must be true or false") }
        return value.bool
    }

    func integer(_ name: StaticString, in range: ClosedRange<Int>, _ problems: inout FlowProblems) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.int, range.contains(number) else {
            problems.add(place(name), "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    func number(_ name: StaticString, in range: ClosedRange<Double>, _ problems: inout FlowProblems) -> Double? {
        guard let value = value(name) else { return nil }
        return Self.number(value, at: place(name), in: range, &problems)
    }

    static func number(
        _ value: JSONValue, at path: String, in range: ClosedRange<Double>, _ problems: inout FlowProblems
    ) -> Double? {
        guard let number = value.double, range.contains(number) else {
            problems.add(path, "must be a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))")
            return nil
        }
        return number
    }

    private static func plain(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }

    /// The elements of an array; what is not an array is noted and gives none.
    func elements(_ name: StaticString, _ problems: inout FlowProblems) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        if value.kind == .array { return value.parts }
        problems.add(place(name), "must be an array")
        return nil
    }

    /// The strings of an array, each with its place in it.
    func texts(_ name: StaticString, _ problems: inout FlowProblems) -> [PlacedText] {
        (elements(name, &problems) ?? []).enumerated().compactMap { index, value in
            if let text = value.string() { return PlacedText(place: index, text: text) }
            problems.add("\(place(name))[\(index)]", "must be a string")
            return nil
        }
    }

    private static func isSame(_ name: [UInt8], _ known: StaticString) -> Bool {
        name.count == known.utf8CodeUnitCount && known.withUTF8Buffer { name.elementsEqual($0) }
    }

    private static func bytes(_ name: StaticString) -> [UInt8] { name.withUTF8Buffer { Array($0) } }
}

/// A string in an array.
struct PlacedText {
    let place: Int
    let text: [UInt8]
}

/// The alphabets of contracts: what ids and names may be made of.
enum NameKind {
    case task, name

    func check(_ text: [UInt8], at path: String, _ problems: inout FlowProblems) -> Identifier? {
        switch self {
        case .task where !Identifier.isValidTaskID(text[...]):
            problems.add(path, "must have 1 to 255 characters out of A-Z, a-z, 0-9, _ and -")
        case .name where !Identifier.isValidName(text[...]):
            problems.add(path, "must have 1 to 255 characters out of A-Z, a-z, 0-9, ., _ and -")
        default: return Identifier(text)
        }
        return nil
    }
}
