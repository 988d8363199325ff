import Platform

/// The flags and operands of one command line, with their readers.
struct Values: Equatable {
    var flags: [String: [String]] = [:]
    var operands: [String] = []

    func isSet(_ flag: String) -> Bool { flags[flag] != nil }
    func text(_ flag: String) -> String? { flags[flag]?.last }
    func all(_ flag: String) -> [String] { flags[flag] ?? [] }
    func operand(_ index: Int) -> String? { index < operands.count ? operands[index] : nil }

    func number(_ flag: String, atLeast least: Int = 0) throws(CommandFailure) -> Int? {
        guard let text = text(flag) else { return nil }
        guard let number = Int(text), (least...Int(Int32.max)).contains(number) else {
            throw .usage("--\(flag) is a whole number from \(least) to \(Int32.max), not \(text)")
        }
        return number
    }

    func duration(_ flag: String) throws(CommandFailure) -> Duration? {
        guard let text = text(flag) else { return nil }
        guard let duration = Values.duration(text) else {
            throw .usage("--\(flag) is a time such as 30, 500ms, 45s, 5m or 1h, not \(text)")
        }
        return duration
    }

    /// `KEY=VALUE` flags in their order; a key given twice is a typing error.
    func pairs(_ flag: String) throws(CommandFailure) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for text in all(flag) {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw .usage("--\(flag) is KEY=VALUE, not \(text)")
            }
            let key = String(text[..<equals])
            guard !pairs.contains(where: { $0.key == key }) else { throw .usage("--\(flag) \(key) is given twice") }
            pairs.append((key, String(text[text.index(after: equals)...])))
        }
        return pairs
    }

    static func duration(_ text: String) -> Duration? {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
        guard let (suffix, factor) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
        let digits = text.dropLast(suffix.count)
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }), let number = Double(digits) else {
            return nil
        }
        guard number * factor <= 31_536_000 else { return nil }
        return .seconds(number * factor)
    }
}
