import JSON

/// Takes a value apart into a ``Template``; collects what is wrong with each `${…}` in it.
struct TemplateCompiler {
    private let parser: ReferenceParser
    private var segments: [Template.Segment] = []
    private var text: [UInt8] = []
    private(set) var references: [(path: String, reference: Reference)] = []
    private(set) var problems: [FlowProblem] = []

    private init(_ parser: ReferenceParser) { self.parser = parser }

    /// The template and its references, each with the path of the string it is in; or what is wrong.
    static func compile(_ value: JSONValue, at path: String, _ parser: ReferenceParser) -> TemplateCompiler {
        var compiler = TemplateCompiler(parser)
        compiler.add(value, path)
        compiler.flush()
        return compiler
    }

    var template: Template { Template(segments: segments) }

    /// Nests as deep as the definition, at most 64.
    private mutating func add(_ value: JSONValue, _ path: String) {
        guard value.bytes.contains(UInt8(ascii: "$")) || value.bytes.contains(UInt8(ascii: "\\")) else {
            text += value.bytes
            return
        }
        switch value.kind {
        case .string: addString(value, path)
        case .array: addArray(value, path)
        case .object: addObject(value, path)
        case .null, .bool, .number: text += value.bytes
        }
    }

    private mutating func addArray(_ value: JSONValue, _ path: String) {
        text.append(UInt8(ascii: "["))
        for (place, element) in value.parts.enumerated() {
            if place > 0 { text.append(UInt8(ascii: ",")) }
            add(element, "\(path)[\(place)]")
        }
        text.append(UInt8(ascii: "]"))
    }

    private mutating func addObject(_ value: JSONValue, _ path: String) {
        text.append(UInt8(ascii: "{"))
        for (place, member) in value.pairs.enumerated() {
            if place > 0 { text.append(UInt8(ascii: ",")) }
            text += member.key.bytes
            text.append(UInt8(ascii: ":"))
            add(member.value, "\(path).\(String(decoding: member.key.string() ?? [], as: UTF8.self))")
        }
        text.append(UInt8(ascii: "}"))
    }

    private mutating func addString(_ value: JSONValue, _ path: String) {
        guard let content = value.string(), content.contains(UInt8(ascii: "$")) else {
            text += value.bytes
            return
        }
        let pieces = TemplateText.pieces(of: content[...])
        if pieces.count == 1, case .reference(let inside) = pieces[0] {
            guard let reference = reference(inside, path) else { return }
            flush()
            segments.append(.value(reference))
            return
        }
        text.append(UInt8(ascii: "\""))
        for piece in pieces { addPiece(piece, path) }
        text.append(UInt8(ascii: "\""))
    }

    private mutating func addPiece(_ piece: TemplateText.Piece, _ path: String) {
        switch piece {
        case .literal(let literal):
            var writer = JSONWriter()
            writer.string(literal)
            text += writer.bytes.dropFirst().dropLast()
        case .reference(let inside):
            guard let reference = reference(inside, path) else { return }
            flush()
            segments.append(.inside(reference))
        case .unclosed:
            problems.append(FlowProblem(path: path, message: "a \"${\" is not closed; \"$${\" stands for itself"))
        }
    }

    private mutating func reference(_ inside: Bytes, _ path: String) -> Reference? {
        do throws(FlowProblem) {
            let reference = try parser.parse(inside)
            references.append((path, reference))
            return reference
        } catch {
            problems.append(error.moved(to: path))
            return nil
        }
    }

    private mutating func flush() {
        guard !text.isEmpty else { return }
        segments.append(.text(text))
        text = []
    }
}

/// Cuts a string into text and templates.
enum TemplateText {
    enum Piece {
        case literal([UInt8])
        /// What is between `${` and `}`.
        case reference(Bytes)
        case unclosed
    }

    static func pieces(of text: Bytes) -> [Piece] {
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var at = text.startIndex
        while at < text.endIndex {
            if starts(text, at, "$${") {
                literal += Array("${".utf8)
                at += 3
            } else if starts(text, at, "${") {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = []
                guard let end = end(of: text, from: at + 2) else { return pieces + [.unclosed] }
                pieces.append(.reference(text[(at + 2)..<end]))
                at = end + 1
            } else {
                literal.append(text[at])
                at += 1
            }
        }
        return literal.isEmpty ? pieces : pieces + [.literal(literal)]
    }

    private static func starts(_ text: Bytes, _ at: Int, _ mark: StaticString) -> Bool {
        guard at + mark.utf8CodeUnitCount <= text.endIndex else { return false }
        return mark.withUTF8Buffer { text[at..<at + $0.count].elementsEqual($0) }
    }

    /// The brace that closes the template: not inside a string, not one that closes an object of its default.
    private static func end(of text: Bytes, from start: Int) -> Int? {
        var depth = 0
        var inString = false
        var at = start
        while at < text.endIndex {
            switch text[at] {
            case UInt8(ascii: "\""): inString.toggle()
            case UInt8(ascii: "\\") where inString: at += 1
            case UInt8(ascii: "{") where !inString: depth += 1
            case UInt8(ascii: "}") where !inString && depth == 0: return at
            case UInt8(ascii: "}") where !inString: depth -= 1
            default: break
            }
            at += 1
        }
        return nil
    }
}

extension FlowProblem {
    /// The same found at a place that was not known before.
    func moved(to path: String) -> FlowProblem { FlowProblem(path: path, message: message, known: nearest) }

    private init(path: String, message: String, known: String?) {
        self.path = path
        self.message = message
        nearest = known
    }
}

extension JSONValue {
    /// The elements of an array; none for other kinds.
    var parts: [JSONValue] {
        var parts: [JSONValue] = []
        forEachElement { parts.append($0) }
        return parts
    }

    /// The members of an object in the order of the text; none for other kinds.
    var pairs: [(key: JSONValue, value: JSONValue)] {
        var pairs: [(key: JSONValue, value: JSONValue)] = []
        forEachMember { pairs.append(($0, $1)) }
        return pairs
    }
}
