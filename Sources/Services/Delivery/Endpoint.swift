import Workflow

/// Addresses as they may be shown, counted and compared.
enum Endpoint {
    /// Host and port, without user, password, path or query.
    static func place(_ url: String) -> String {
        let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
        let authority = rest.prefix { !"/?#\\".contains($0) }
        return authority.split(separator: "@", omittingEmptySubsequences: false).last.map(String.init) ?? ""
    }

    static func hash(_ url: String) -> String { SHA256.hex(Array(url.utf8)) }
}
