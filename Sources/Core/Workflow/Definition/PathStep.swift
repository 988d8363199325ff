import JSON

/// One step into a value: a member by its name, or an element of an array by its place.
public struct PathStep: Sendable, Equatable {
    public let name: [UInt8]
    /// Set when the step can also be a place in an array.
    public let place: Int?

    init(name: [UInt8], place: Int? = nil) {
        self.name = name
        self.place = place
    }

    func step(into value: JSONValue) -> JSONValue? {
        switch value.kind {
        case .object: value.member(name)
        case .array: place.flatMap { value.element($0) }
        default: nil
        }
    }
}

extension JSONValue {
    /// What lies at the end of `path`; nil if a step leads nowhere.
    func following(_ path: [PathStep]) -> JSONValue? {
        var value = self
        for step in path {
            guard let next = step.step(into: value) else { return nil }
            value = next
        }
        return value
    }
}

/// Reads paths such as `a.b[0]["any key"].2`.
struct PathParser {
    private let text: Bytes
    private var at: Int

    init(_ text: Bytes) {
        self.text = text
        at = text.startIndex
    }

    /// The steps of the whole text; nil if it is not a path.
    static func steps(of text: Bytes) -> [PathStep]? {
        var parser = PathParser(text)
        guard let first = parser.name() else { return nil }
        var steps = [first]
        while parser.at < text.endIndex {
            guard let step = parser.step() else { return nil }
            steps.append(step)
        }
        return steps
    }

    private mutating func step() -> PathStep? {
        if text[at] == UInt8(ascii: ".") {
            at += 1
            return name()
        }
        guard text[at] == UInt8(ascii: "["), let end = bracketEnd() else { return nil }
        let inside = text[(at + 1)..<end]
        at = end + 1
        if let value = try? JSONValue(validating: inside), let key = value.string() { return PathStep(name: key) }
        return place(inside).map { PathStep(name: Array(inside), place: $0) }
    }

    /// Letters, digits, `_`, `-` and anything beyond ASCII.
    private mutating func name() -> PathStep? {
        let start = at
        while at < text.endIndex, Identifier.isWordByte(text[at]) || text[at] >= 0x80 { at += 1 }
        guard at > start else { return nil }
        return PathStep(name: Array(text[start..<at]), place: place(text[start..<at]))
    }

    private func place(_ digits: Bytes) -> Int? {
        guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// The bracket that closes the one at `at`, not counting those inside a string.
    private func bracketEnd() -> Int? {
        var inString = false
        var index = at + 1
        while index < text.endIndex {
            let byte = text[index]
            if byte == UInt8(ascii: "\"") { inString.toggle() }
            if byte == UInt8(ascii: "\\"), inString { index += 1 }
            if byte == UInt8(ascii: "]"), !inString { return index }
            index += 1
        }
        return nil
    }
}
