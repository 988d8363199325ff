/// The kinds of values. Each factory says what is allowed in the same words that a problem uses.
extension Setting where Value == String {
    public static func text(_ name: String, default text: String, _ sentence: String) -> Self {
        Setting(name, default: text, sentence, allowed: "a text") { (given: String) throws(SettingFault) in given }
    }

    public static func url(
        _ name: String, default text: String, schemes: [String], secret: Bool = false, _ sentence: String
    ) -> Self {
        Setting(name, default: text, sentence, allowed: SettingText.urlWords(schemes), isSecret: secret) {
            (given: String) throws(SettingFault) in try SettingText.url(given, schemes)
        }
    }
}

extension Setting where Value == String? {
    public static func optionalText(_ name: String, secret: Bool = false, _ sentence: String) -> Self {
        Setting(optional: name, sentence, allowed: "a text", isSecret: secret) {
            (given: String) throws(SettingFault) in given
        }
    }

    public static func optionalURL(
        _ name: String, schemes: [String], secret: Bool = false, _ sentence: String
    ) -> Self {
        Setting(optional: name, sentence, allowed: SettingText.urlWords(schemes), isSecret: secret) {
            (given: String) throws(SettingFault) in try SettingText.url(given, schemes)
        }
    }
}

extension Setting where Value == Int {
    public static func integer(
        _ name: String, default value: Int, in range: ClosedRange<Int>, _ sentence: String
    ) -> Self {
        Setting(name, default: String(value), sentence, allowed: SettingText.words(range)) {
            (given: String) throws(SettingFault) in try SettingText.integer(given, range)
        }
    }
}

extension Setting where Value == Int? {
    public static func optionalInteger(_ name: String, in range: ClosedRange<Int>, _ sentence: String) -> Self {
        Setting(optional: name, sentence, allowed: SettingText.words(range)) {
            (given: String) throws(SettingFault) in try SettingText.integer(given, range)
        }
    }
}

extension Setting where Value == Double {
    public static func number(
        _ name: String, default text: String, in range: ClosedRange<Double>, _ sentence: String
    ) -> Self {
        Setting(name, default: text, sentence, allowed: SettingText.words(range)) {
            (given: String) throws(SettingFault) in try SettingText.number(given, range)
        }
    }
}

extension Setting where Value == Duration {
    public static func seconds(
        _ name: String, default text: String, in range: ClosedRange<Double>, _ sentence: String
    ) -> Self {
        Setting(name, default: text, sentence, allowed: "seconds, \(SettingText.words(range))") {
            (given: String) throws(SettingFault) in .seconds(try SettingText.number(given, range))
        }
    }
}

extension Setting where Value == [Duration] {
    /// An empty value is an empty list.
    public static func delays(_ name: String, default text: String, _ sentence: String) -> Self {
        let range = 0.0...31_536_000
        let allowed = "seconds with commas between them, each \(SettingText.words(range)), or nothing"
        return Setting(name, default: text, sentence, allowed: allowed, emptyIsValue: true) {
            (given: String) throws(SettingFault) in
            var delays: [Duration] = []
            for part in try SettingText.list(given) { delays.append(.seconds(try SettingText.number(part, range))) }
            return delays
        }
    }
}

extension Setting where Value == Bool {
    public static func flag(_ name: String, default value: Bool, _ sentence: String) -> Self {
        Setting(name, default: String(value), sentence, allowed: "true or false (also 1, 0, yes, no, on, off)") {
            (given: String) throws(SettingFault) in try SettingText.flag(given)
        }
    }
}

extension Setting where Value == [String] {
    /// - `emptyIsValue`: an empty value is an empty list; otherwise it means the default.
    public static func list(
        _ name: String, default text: String, emptyIsValue: Bool = false, _ sentence: String
    ) -> Self {
        let allowed = "texts with commas between them, or a JSON array of texts"
        return Setting(name, default: text, sentence, allowed: allowed, emptyIsValue: emptyIsValue) {
            (given: String) throws(SettingFault) in try SettingText.list(given)
        }
    }

    /// Absolute paths; an empty value is an empty list.
    public static func paths(_ name: String, _ sentence: String) -> Self {
        let allowed = "absolute paths with commas between them, or a JSON array of them"
        return Setting(name, default: "", sentence, allowed: allowed, emptyIsValue: true) {
            (given: String) throws(SettingFault) in
            let paths = try SettingText.list(given)
            let isAbsolute = paths.allSatisfy { $0.hasPrefix("/") }
            guard isAbsolute else { throw SettingFault("names a path that is not absolute") }
            return paths
        }
    }

    /// `host:port`, at least one.
    public static func endpoints(_ name: String, default text: String, _ sentence: String) -> Self {
        let allowed = "host:port, several with commas between them or as a JSON array"
        return Setting(name, default: text, sentence, allowed: allowed) {
            (given: String) throws(SettingFault) in try SettingText.endpoints(given)
        }
    }
}

extension Setting where Value == [NamedValue] {
    public static func pairs(_ name: String, secret: Bool = false, _ sentence: String) -> Self {
        let allowed = "key=value, several with commas between them (a comma within a value: \\,)"
        return Setting(name, default: "", sentence, allowed: allowed, isSecret: secret, emptyIsValue: true) {
            (given: String) throws(SettingFault) in try SettingText.pairs(given)
        }
    }
}

extension Setting where Value == LogLevel {
    public static func level(_ name: String, default level: LogLevel, _ sentence: String) -> Self {
        let words = LogLevel.allCases.map(\.word).joined(separator: ", ")
        return Setting(name, default: level.word, sentence, allowed: "one of \(words), in any case") {
            (given: String) throws(SettingFault) in
            guard let level = LogLevel(word: given) else { throw SettingFault("is no level") }
            return level
        }
    }
}

extension Setting where Value: RawRepresentable<String> & CaseIterable {
    /// One word of an enumeration, in any case.
    public static func choice(_ name: String, default value: Value, _ sentence: String) -> Self {
        let words = Value.allCases.map(\.rawValue)
        return Setting(
            name, default: value.rawValue, sentence, allowed: "one of \(words.joined(separator: ", "))"
        ) { (given: String) throws(SettingFault) in
            guard let value = Value(rawValue: given.lowercased()) else { throw SettingFault("is none of the choices") }
            return value
        }
    }
}

extension Setting where Value == [UInt8]? {
    /// So many bytes, two hexadecimal digits each.
    public static func hexadecimal(_ name: String, bytes: Int, secret: Bool = false, _ sentence: String) -> Self {
        Setting(optional: name, sentence, allowed: "\(2 * bytes) hexadecimal digits", isSecret: secret) {
            (given: String) throws(SettingFault) in
            let digits = given.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 * bytes, given.utf8.count == 2 * bytes else {
                throw SettingFault("is not \(2 * bytes) hexadecimal digits")
            }
            return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }
    }
}
