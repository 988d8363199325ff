/// Rows under a heading, written for a terminal or as Markdown. The first column is text, the others are numbers.
public struct Grid: Sendable, Equatable {
    public let heading: [String]
    public private(set) var rows: [[String]] = []

    public init(_ heading: [String]) { self.heading = heading }

    /// Rows may be shorter than the heading: what is missing stays empty.
    public mutating func add(_ row: [String]) {
        rows.append(Array((row + heading.map { _ in "" }).prefix(heading.count)))
    }

    /// Columns as wide as their widest cell, two spaces apart.
    public var text: String {
        let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
        return ([heading] + rows).map { row in
            let cells = row.indices.map { column in
                let gap = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + gap : gap + row[column]
            }
            return cells.joined(separator: "  ").trimmedEnd
        }.joined(separator: "\n")
    }

    public var markdown: String {
        let rule = heading.indices.map { $0 == 0 ? "---" : "---:" }
        return ([heading, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
