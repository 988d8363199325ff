/// Swift text with what is not code taken out: comments become spaces, string literals keep their quotes only. Lines
/// stay where they are. Interpolations count as text, which is good enough for rules about words.
enum CodeText {
    static func lines(of text: String) -> [String] {
        var out: [UInt8] = []
        var state = State.code
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let step = state.step(bytes, index)
            out.append(contentsOf: step.kept)
            index += step.taken
        }
        return String(decoding: out, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
    }

    private enum State {
        case code
        case lineComment
        case blockComment(depth: Int)
        /// Inside a literal that ends with `quotes` quotation marks and `pounds` number signs.
        case string(quotes: Int, pounds: Int)

        mutating func step(_ bytes: [UInt8], _ at: Int) -> (kept: [UInt8], taken: Int) {
            let byte = bytes[at]
            switch self {
            case .code: return code(bytes, at)
            case .lineComment:
                if byte == UInt8(ascii: "\n") { self = .code }
                return (byte == UInt8(ascii: "\n") ? [byte] : [], 1)
            case .blockComment(let depth):
                if bytes.has("*/", at: at) {
                    self = depth == 1 ? .code : .blockComment(depth: depth - 1)
                    return ([], 2)
                }
                if bytes.has("/*", at: at) {
                    self = .blockComment(depth: depth + 1)
                    return ([], 2)
                }
                return (byte == UInt8(ascii: "\n") ? [byte] : [], 1)
            case .string(let quotes, let pounds):
                if pounds == 0, byte == UInt8(ascii: "\\") { return (bytes.has("\n", at: at + 1) ? [10] : [], 2) }
                let end = String(repeating: "\"", count: quotes) + String(repeating: "#", count: pounds)
                if bytes.has(end, at: at) {
                    self = .code
                    return ([UInt8(ascii: "\"")], end.utf8.count)
                }
                return (byte == UInt8(ascii: "\n") ? [byte] : [], 1)
            }
        }

        private mutating func code(_ bytes: [UInt8], _ at: Int) -> (kept: [UInt8], taken: Int) {
            if bytes.has("//", at: at) {
                self = .lineComment
                return ([], 2)
            }
            if bytes.has("/*", at: at) {
                self = .blockComment(depth: 1)
                return ([], 2)
            }
            var pounds = 0
            while bytes.has("#", at: at + pounds) { pounds += 1 }
            guard bytes.has("\"", at: at + pounds) else { return ([bytes[at]], 1) }
            let quotes = bytes.has("\"\"\"", at: at + pounds) ? 3 : 1
            self = .string(quotes: quotes, pounds: pounds)
            return ([UInt8(ascii: "\"")], pounds + quotes)
        }
    }
}

extension [UInt8] {
    fileprivate func has(_ text: String, at start: Int) -> Bool {
        let wanted = text.utf8
        guard start + wanted.count <= count else { return false }
        return self[start..<(start + wanted.count)].elementsEqual(wanted)
    }
}
