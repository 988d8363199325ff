import JSON

/// A JSON object that the gateway gave: its members in order, each found by its name.
struct APIObject: Equatable {
    let json: JSONValue
    private var members: [String: JSONValue] = [:]
    private(set) var names: [String] = []

    /// What is no object has no members.
    init(_ json: JSONValue) {
        self.json = json
        guard json.kind == .object else { return }
        json.forEachMember { key, value in
            let name = String(decoding: key.string() ?? [], as: UTF8.self)
            if members.updateValue(value, forKey: name) == nil { names.append(name) }
        }
    }

    /// Nil for what is no JSON object. Payloads of 900 KiB stand inside, many of them, and definitions 64 deep.
    init?(parsing bytes: Bytes) {
        let limits = JSONLimits(maxDepth: 100, maxBytes: .max)
        guard let value = try? JSONValue(validating: bytes, limits: limits), value.kind == .object else { return nil }
        self.init(value)
    }

    /// Null counts as absent.
    subscript(name: String) -> JSONValue? { members[name].flatMap { $0.isNull ? nil : $0 } }

    func text(_ name: String) -> String? { self[name]?.text }
    func int(_ name: String) -> Int? { self[name]?.int }
    func number(_ name: String) -> Double? { self[name]?.double }
    func bool(_ name: String) -> Bool { self[name]?.bool ?? false }
    func object(_ name: String) -> APIObject? { self[name].map { APIObject($0) } }

    func texts(_ name: String) -> [String] { self[name]?.elements.compactMap(\.text) ?? [] }
    func objects(_ name: String) -> [APIObject] { self[name]?.elements.map { APIObject($0) } ?? [] }

    static func == (one: APIObject, other: APIObject) -> Bool { one.json.bytes == other.json.bytes }
}

extension JSONValue {
    /// Nil for what is no string.
    var text: String? { string().map { String(decoding: $0, as: UTF8.self) } }

    var elements: [JSONValue] {
        guard kind == .array else { return [] }
        var all: [JSONValue] = []
        forEachElement { all.append($0) }
        return all
    }
}
