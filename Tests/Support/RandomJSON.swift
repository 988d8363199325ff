/// Random JSON texts, written in every way the grammar allows, and damaged ones. The same seed gives the same texts.
package struct RandomJSON {
    package var random: SeededRandom
    /// Also texts that JSON allows and Postgres does not: `\u0000`, halves of pairs, numbers out of every range.
    package var hasExtremes: Bool

    package init(seed: UInt64, hasExtremes: Bool = true) {
        random = SeededRandom(seed: seed)
        self.hasExtremes = hasExtremes
    }

    private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    private mutating func one(of choices: [String]) -> String { choices[below(choices.count)] }

    package mutating func document(depth: Int = 4) -> [UInt8] {
        Array((space() + value(depth) + space()).utf8)
    }

    package mutating func object(depth: Int = 4) -> [UInt8] { Array(objectText(depth).utf8) }

    private mutating func value(_ depth: Int) -> String {
        switch below(depth > 0 ? 10 : 6) {
        case 0: one(of: ["true", "false", "null"])
        case 1, 2: number()
        case 3, 4, 5: string()
        case 6, 7: arrayText(depth)
        default: objectText(depth)
        }
    }

    private mutating func arrayText(_ depth: Int) -> String {
        let parts = (0..<below(5)).map { _ in space() + value(depth - 1) + space() }
        return "[" + (parts.isEmpty ? space() : parts.joined(separator: ",")) + "]"
    }

    private mutating func objectText(_ depth: Int) -> String {
        let parts = (0..<below(6)).map { _ in space() + key() + space() + ":" + space() + value(depth - 1) + space() }
        return "{" + (parts.isEmpty ? space() : parts.joined(separator: ",")) + "}"
    }

    /// Few names, so that some come twice, and some once plain and once escaped.
    private mutating func key() -> String {
        below(4) == 0 ? string() : one(of: [#""a""#, #""b""#, #""\u0061""#, #""aa""#, #""é""#, #""\u00e9""#, #""""#])
    }

    private mutating func space() -> String { below(4) == 0 ? one(of: [" ", "\n", "\t", "\r\n", "  "]) : "" }

    package mutating func number() -> String {
        if hasExtremes, below(12) == 0 {
            return one(of: ["1e400", "1e999999", "-1e131072", "1e-16384", "0e-16384", "0e2000000000", "1e131071"])
        }
        let sign = below(3) == 0 ? "-" : ""
        let whole = below(3) == 0 ? "0" : String(1 + below(9)) + digits(below(below(4) == 0 ? 25 : 4))
        let fraction = below(3) == 0 ? "." + digits(1 + below(6)) : ""
        let power = below(4) == 0 ? one(of: ["e", "E"]) + one(of: ["", "+", "-"]) + digits(1 + below(2)) : ""
        return sign + whole + fraction + power
    }

    private mutating func digits(_ count: Int) -> String { (0..<count).map { _ in String(below(10)) }.joined() }

    package mutating func string() -> String { "\"" + (0..<below(12)).map { _ in character() }.joined() + "\"" }

    private mutating func character() -> String {
        switch below(hasExtremes ? 41 : 40) {
        case 0..<28: return String(UnicodeScalar(UInt8(0x23 + below(0x39))))
        case 28, 29: return one(of: ["é", "ß", "日", "本", "\u{7F}", "\u{FFFF}", "\u{2028}", "𝄞", "🚀", "\u{10FFFF}"])
        case 30..<33: return one(of: [#"\n"#, #"\t"#, #"\r"#, #"\b"#, #"\f"#, #"\/"#, #"\\"#, #"\""#])
        case 33..<36: return one(of: [#"\u0041"#, #"\u00e9"#, #"\u001F"#, #"\uFFFF"#, #"\u2028"#, #"\u0022"#])
        case 36..<38: return one(of: [#"\uD834\uDD1E"#, #"\ud83d\ude80"#, #"\udbff\udfff"#])
        case 38, 39: return " lorem ipsum "
        default: return one(of: [#"\u0000"#, #"\ud800"#, #"\udc00"#, #"\ud800\ud800"#, #"\udc00\ud800"#])
        }
    }

    /// One to three small changes: a byte changed, taken out, put in, doubled, or the text cut.
    package mutating func damaged(_ text: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0...below(3) where !text.isEmpty {
            let place = below(text.count)
            switch below(6) {
            case 0: text[place] = UInt8(below(256))
            case 1: text[place] = Self.telling[below(Self.telling.count)]
            case 2: text.remove(at: place)
            case 3: text.insert(Self.telling[below(Self.telling.count)], at: place)
            case 4: text.insert(text[below(text.count)], at: place)
            default: text.removeSubrange(place...)
            }
        }
        return text
    }

    /// Bytes that decide something.
    private static let telling: [UInt8] =
        Array(#"{}[]:,"\/0123456789+-.eEtrufalsn "#.utf8) + [
            0, 9, 10, 13, 0x1F, 0x7F, 0x80, 0xBF, 0xC0, 0xC2, 0xE0, 0xED,
        ]
        + [0xEF, 0xBB, 0xF0, 0xF4, 0xF5, 0xFF]
}
