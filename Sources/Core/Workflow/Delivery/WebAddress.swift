/// An address of http or https in its parts, read strictly: where programs could read it in two ways, it names no host.
public struct WebAddress: Sendable, Equatable {
    private let scheme: Substring
    private let userInfo: Substring?
    private let authority: Substring
    private let path: Substring
    private let rest: Substring

    /// Nil for what is no such address.
    public init?(_ text: String) {
        guard let end = text.range(of: "://") else { return nil }
        scheme = text[..<end.lowerBound]
        guard ["http", "https"].contains(scheme.lowercased()) else { return nil }
        let behind = text[end.upperBound...]
        let whole = behind.prefix { !"/?#".contains($0) }
        let at = whole.lastIndex(of: "@")
        userInfo = at.map { whole[..<$0] }
        authority = at.map { whole[whole.index(after: $0)...] } ?? whole
        let tail = behind[whole.endIndex...]
        path = tail.prefix { $0 != "?" && $0 != "#" }
        rest = tail[path.endIndex...]
    }

    /// In lower case, without the port; nil where it holds anything that is read in different ways: a user, escapes,
    /// backslashes, blanks, other letters than those of names.
    public var host: String? {
        guard userInfo == nil, !authority.isEmpty else { return nil }
        let isPlain = authority.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-._:[]".utf8.contains(byte)
            }
        }
        guard isPlain else { return nil }
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]"), Self.isPort(authority[authority.index(after: end)...]) else {
                return nil
            }
            return authority[...end].lowercased()
        }
        let name = authority.prefix { $0 != ":" }
        guard Self.isPort(authority[name.endIndex...]), !name.isEmpty, !name.contains("["), !name.contains("]") else {
            return nil
        }
        return name.lowercased()
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.count > 1 && text.first == ":" && text.dropFirst().utf8.allSatisfy { 0x30...0x39 ~= $0 }
    }

    /// The same without a user and a password.
    public var withoutUser: String { "\(scheme)://\(authority)\(path)\(rest)" }
    /// What may be shown to those who may not see payloads: no user, no query, no fragment.
    public var bare: String { "\(scheme)://\(authority)\(path)" }
}

extension String {
    /// Where a text first stands in it.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start != endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            formIndex(after: &start)
        }
        return nil
    }
}
