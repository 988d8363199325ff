/// Looks at one line of code without comments and strings.
enum Words {
    /// An exclamation mark right after a value: `x!`, `f()!`, `a[0]!`, `try!`, `as!`.
    static func hasForce(_ line: String) -> Bool {
        let letters = Array(line)
        return letters.indices.contains { index in
            guard letters[index] == "!", index > 0 else { return false }
            let isComparison = index + 1 < letters.count && letters[index + 1] == "="
            let before = letters[index - 1]
            return !isComparison && (before.isLetter || before.isNumber || ")]_`\"?".contains(before))
        }
    }

    /// A call of a free function: not a member, not a part of a longer word, not its declaration.
    static func calls(_ name: String, in line: String) -> Bool {
        var rest = Substring(line)
        while let range = rest.firstRange(of: name + "(") {
            let before = rest[..<range.lowerBound]
            let isPart = before.last.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." } ?? false
            if !isPart && !before.hasSuffix("func ") { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }

    /// The texts between the parentheses of each call of `name`, with the number of the line where it begins.
    static func arguments(of name: String, in lines: [String]) -> [(line: Int, text: Substring)] {
        let text = lines.joined(separator: "\n")
        return text.ranges(of: name + "(").map { range in
            var depth = 1
            let inside = text[range.upperBound...].prefix { letter in
                if letter == "(" { depth += 1 }
                if letter == ")" { depth -= 1 }
                return depth > 0
            }
            return (text[..<range.lowerBound].count { $0 == "\n" } + 1, inside)
        }
    }
}

extension String {
    /// The words that follow each occurrence of `mark`.
    func components(after mark: String) -> [Substring] {
        ranges(of: mark).map { range in
            self[range.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        }
    }
}
