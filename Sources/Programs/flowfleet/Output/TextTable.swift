/// Lays rows out in columns for people. Cells are made harmless first: control characters never reach the terminal.
struct TextTable {
    let titles: [String]
    let rows: [[String]]
    /// Lines are cut to this many characters; nil on pipes and files, where nothing is lost.
    var width: Int?

    func lines(painting paint: (String, String) -> String = { text, _ in text }) -> [String] {
        let clean = rows.map { row in row.map(TextTable.harmless) }
        let widths = titles.indices.map { column in
            ([titles[column].count] + clean.map { $0[column].count }).max() ?? 0
        }
        let plain = { (text: String, _: String) in text }
        return [line(titles, widths, plain)] + clean.map { line($0, widths, paint) }
    }

    private func line(_ cells: [String], _ widths: [Int], _ paint: (String, String) -> String) -> String {
        var text = ""
        var left = width ?? .max
        for (column, cell) in cells.enumerated() {
            let isLast = column == cells.count - 1
            let shown = fit(isLast ? cell : cell.padded(to: widths[column]), left)
            text += paint(shown, cell)
            left -= shown.count
            guard !isLast, left > 2 else { break }
            text += "  "
            left -= 2
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    private func fit(_ text: String, _ room: Int) -> String {
        text.count <= room ? text : String(text.prefix(max(0, room - 1))) + "…"
    }

    /// The text with everything a terminal would act on shown instead of sent.
    static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isActive) else { return text }
        var clean = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" {
                clean += " "
            } else if isActive(scalar) {
                clean += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                clean.unicodeScalars.append(scalar)
            }
        }
        return clean
    }

    /// Control characters, and those that turn the direction of text.
    private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
