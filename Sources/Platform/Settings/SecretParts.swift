/// What of a secret setting's text must not be shown: the whole of it, the password of a URL, the secrets among
/// options.
enum SecretParts {
    private static let keys = ["password", "secret", "token", "jaas", "pem"]

    static func parts(of text: String) -> [String] {
        [text] + passwords(inURL: text) + options(text)
    }

    /// The password as written and decoded. One that equals the user's name protects nothing, and hiding it would
    /// hide every mention of the user too.
    private static func passwords(inURL text: String) -> [String] {
        guard let range = text.utf8.firstRange(of: "://".utf8) else { return [] }
        let authority = text[range.upperBound...].prefix { $0 != "/" && $0 != "?" }
        var found: [String] = []
        if let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") {
            let password = String(authority[authority.index(after: colon)..<at])
            if password != authority[..<colon] { found += [password, decoded(password)] }
        }
        for part in text.split(separator: "?").dropFirst().joined().split(separator: "&")
        where part.hasPrefix("password=") {
            let password = String(part.dropFirst("password=".count))
            found += [password, decoded(password)]
        }
        return found
    }

    private static func options(_ text: String) -> [String] {
        guard let pairs = try? SettingText.pairs(text) else { return [] }
        return pairs.filter { pair in keys.contains { pair.name.lowercased().contains($0) } }.map(\.value)
    }

    /// Percent escapes resolved.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Collection where Element == UInt8 {
    /// Where the other bytes first stand.
    fileprivate func firstRange(of other: some Collection<UInt8>) -> Range<Index>? {
        var start = startIndex
        while start != endIndex {
            if self[start...].starts(with: other) { return start..<index(start, offsetBy: other.count) }
            formIndex(after: &start)
        }
        return nil
    }
}
