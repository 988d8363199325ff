/// Words for a Discord message out of what others wrote: nothing of theirs ends a code block, calls somebody or is
/// longer than it may be.
public enum DiscordText {
    /// Discord counts characters; UTF-16 units are never fewer.
    public static let limit = 2_000

    /// One line in backticks.
    public static func code(_ text: String, most: Int = 300) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            line.append(scalar == "`" ? "\u{2CB}" : isOfLine(scalar) ? scalar : " ")
        }
        return "`" + cut(String(line), to: most) + "`"
    }

    /// A block of code. Three backticks in a row would end it: between any two goes a character without width.
    public static func block(_ text: String, language: String = "") -> String {
        var inner = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "`", inner.last == "`" { inner.append("\u{200B}") }
            inner.append(scalar)
        }
        return "```\(language)\n\(String(inner))\n```"
    }

    /// A block of at most so many characters, its fences included. What keeps it together adds some: so it is cut until
    /// it fits.
    public static func block(_ text: String, within most: Int) -> String {
        let text = cut(text, to: max(most, 1))
        var room = most - 8
        while room > 0 {
            let block = block(cut(text, to: room))
            if block.utf16.count <= most { return block }
            room = room * 3 / 4
        }
        return block("…")
    }

    /// JSON in a block: backticks in rows are written as `\u0060`, so what is copied out means the same.
    public static func json(_ text: String) -> String {
        guard hasBackticksInRows(text) else { return block(text, language: "json") }
        let escaped = text.unicodeScalars.map { $0 == "`" ? "\\u0060" : String($0) }
        return block(escaped.joined(), language: "json")
    }

    /// By scalars: an accent on a backtick makes another character of it for Swift, not for Discord.
    private static func hasBackticksInRows(_ text: String) -> Bool {
        var last: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if scalar == "`", last == "`" { return true }
            last = scalar
        }
        return false
    }

    /// At most so many UTF-16 units, ending in an ellipsis where something was left out; no character is cut in two.
    public static func cut(_ text: String, to most: Int) -> String {
        guard text.utf16.count > most else { return text }
        var (kept, count) = ("", 1)
        for character in text {
            let more = character.utf16.count
            guard count + more <= most else { break }
            kept.append(character)
            count += more
        }
        return kept + "…"
    }

    private static func isOfLine(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value)
            && !(0x2028...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
    }
}
