/// Reads the texts of settings. Every fault says what is wrong without repeating the text, which may be a secret.
package enum SettingText {
    package static func integer(_ text: String, _ range: ClosedRange<Int>) throws(SettingFault) -> Int {
        guard let value = Int(text) else { throw SettingFault("is not a whole number") }
        guard range.contains(value) else { throw SettingFault("is out of range") }
        return value
    }

    package static func number(_ text: String, _ range: ClosedRange<Double>) throws(SettingFault) -> Double {
        guard let value = Double(text), value.isFinite, text.utf8.allSatisfy({ $0 != 120 && $0 != 88 }) else {
            throw SettingFault("is not a number")
        }
        guard range.contains(value) else { throw SettingFault("is out of range") }
        return value
    }

    package static func flag(_ text: String) throws(SettingFault) -> Bool {
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default: throw SettingFault("is neither true nor false")
        }
    }

    package static func url(_ text: String, _ schemes: [String]) throws(SettingFault) -> String {
        guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0 + "://") }) else {
            throw SettingFault("is not such a URL")
        }
        guard text.utf8.count > scheme.utf8.count + 3 else { throw SettingFault("ends after its scheme") }
        guard text.utf8.allSatisfy({ $0 > 32 && $0 != 127 }) else { throw SettingFault("has spaces in it") }
        return text
    }

    /// Parts between commas, without spaces around them, or a JSON array of texts. Empty parts are left out.
    package static func list(_ text: String) throws(SettingFault) -> [String] {
        let trimmed = trim(text)
        if trimmed.hasPrefix("[") { return try jsonTexts(trimmed) }
        return split(trimmed).map(trim).filter { !$0.isEmpty }
    }

    package static func endpoints(_ text: String) throws(SettingFault) -> [String] {
        let parts = try list(text)
        guard !parts.isEmpty else { throw SettingFault("names no server") }
        for part in parts {
            guard let colon = part.lastIndex(of: ":"), colon != part.startIndex,
                let port = Int(part[part.index(after: colon)...]), (1...65535).contains(port)
            else { throw SettingFault("has a part that is not host:port") }
        }
        return parts
    }

    package static func pairs(_ text: String) throws(SettingFault) -> [NamedValue] {
        var pairs: [NamedValue] = []
        for part in split(text).map(trim) where !part.isEmpty {
            guard let sign = part.firstIndex(of: "="), sign != part.startIndex else {
                throw SettingFault("has a part that is not key=value")
            }
            pairs.append(NamedValue(trim(String(part[..<sign])), String(part[part.index(after: sign)...])))
        }
        return pairs
    }

    static func trim(_ text: String) -> String {
        let isBlank: (UInt8) -> Bool = { $0 <= 32 }
        let bytes = text.utf8.drop(while: isBlank)
        let rest = bytes.reversed().drop(while: isBlank)
        return String(decoding: rest.reversed(), as: UTF8.self)
    }

    /// At commas that have no backslash before them; the backslash goes.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if character == "," && !isEscaped {
                parts.append("")
            } else {
                if isEscaped && character != "," { parts[parts.count - 1].append("\\") }
                if character != "\\" || isEscaped { parts[parts.count - 1].append(character) }
            }
            isEscaped = character == "\\" && !isEscaped
        }
        if isEscaped { parts[parts.count - 1].append("\\") }
        return parts
    }

    /// An array of JSON texts, with the escapes `\"`, `\\` and `\/`; nothing else is needed in a setting.
    private static func jsonTexts(_ text: String) throws(SettingFault) -> [String] {
        let fault = SettingFault("is not a JSON array of texts")
        guard text.hasSuffix("]") else { throw fault }
        var rest = text.dropFirst().dropLast()[...]
        var texts: [String] = []
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            if rest.isEmpty && texts.isEmpty { return [] }
            guard rest.popFirst() == "\"" else { throw fault }
            var current = ""
            while let next = rest.popFirst(), next != "\"" {
                if next != "\\" {
                    current.append(next)
                } else if let escaped = rest.popFirst(), "\"\\/".contains(escaped) {
                    current.append(escaped)
                } else {
                    throw fault
                }
                if rest.isEmpty { throw fault }
            }
            texts.append(current)
            rest = rest.drop { $0 == " " || $0 == "\t" }
            if rest.isEmpty { return texts }
            guard rest.popFirst() == "," else { throw fault }
        }
    }

    static func words(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "a whole number from \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    static func words(_ range: ClosedRange<Double>) -> String {
        "a number from \(short(range.lowerBound)) to \(short(range.upperBound))"
    }

    static func urlWords(_ schemes: [String]) -> String {
        "a URL with \(schemes.map { $0 + "://" }.joined(separator: " or "))"
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }
}
