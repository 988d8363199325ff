import JSON

/// Reads the inside of one `${…}`: `root.path`, or `root.path ?? default`.
struct ReferenceParser {
    /// Finds a task by its id.
    let index: [Identifier: Int]
    /// Where a near name is looked for.
    let ids: [[UInt8]]

    func parse(_ inside: Bytes) throws(FlowProblem) -> Reference {
        let (path, fallback) = Self.split(inside)
        let text = String(decoding: path, as: UTF8.self)
        guard let steps = PathParser.steps(of: path) else {
            throw problem("\"${\(text)}\" is not a path such as input.name or tasks.ID.output.name")
        }
        var literal: Bytes?
        if let fallback {
            guard let value = try? JSONValue(validating: fallback), value.isStorable else {
                throw problem("the default of \"${\(text)}\" is not a JSON value (texts take quotes)")
            }
            literal = value.bytes
        }
        let (root, taken) = try root(steps, text)
        return Reference(root: root, path: Array(steps.dropFirst(taken)), fallback: literal, text: text)
    }

    /// The root and how many steps name it.
    private func root(_ steps: [PathStep], _ text: String) throws(FlowProblem) -> (Reference.Root, Int) {
        switch String(decoding: steps[0].name, as: UTF8.self) {
        case "input": return (.input, 1)
        case "context": return (.context, 1)
        case "run":
            guard steps.count == 2, let field = RunField(rawValue: String(decoding: steps[1].name, as: UTF8.self))
            else {
                throw unknown(
                    "\"${\(text)}\": run has only ids", steps.dropFirst().first, RunField.allCases.map(\.rawValue))
            }
            return (.run(field), 2)
        case "tasks":
            guard steps.count >= 3, steps[2].name == Array("output".utf8) else {
                throw problem("\"${\(text)}\": only tasks.ID.output can be read of a task")
            }
            guard let task = index[Identifier(steps[1].name)] else { throw unknownTask(steps[1].name, text) }
            return (.output(task), 3)
        default:
            throw unknown("\"${\(text)}\" starts with none of them", steps[0], ["input", "context", "tasks", "run"])
        }
    }

    private func problem(_ message: String) -> FlowProblem { FlowProblem(path: "", message: message) }

    private func unknown(_ message: String, _ step: PathStep?, _ known: [String]) -> FlowProblem {
        let near = step.flatMap { NearestKnown.find($0.name, among: known.lazy.map { Array($0.utf8) }) }
        return FlowProblem(path: "", message: "\(message) (\(known.joined(separator: ", ")))", nearest: near)
    }

    private func unknownTask(_ id: [UInt8], _ text: String) -> FlowProblem {
        let near = NearestKnown.find(id, among: ids)
        return FlowProblem(
            path: "", message: "\"${\(text)}\" names the unknown task \"\(String(decoding: id, as: UTF8.self))\"",
            nearest: near)
    }

    /// Path and default, without the space around them. The first `??` outside of quotes parts them.
    private static func split(_ inside: Bytes) -> (path: Bytes, fallback: Bytes?) {
        var inString = false
        var at = inside.startIndex
        while at < inside.endIndex {
            let byte = inside[at]
            if byte == UInt8(ascii: "\"") { inString.toggle() }
            if byte == UInt8(ascii: "\\"), inString { at += 1 }
            if byte == UInt8(ascii: "?"), !inString, at + 1 < inside.endIndex, inside[at + 1] == byte {
                return (trimmed(inside[..<at]), trimmed(inside[(at + 2)...]))
            }
            at += 1
        }
        return (trimmed(inside), nil)
    }

    private static func trimmed(_ text: Bytes) -> Bytes {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
