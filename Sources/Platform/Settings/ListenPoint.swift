/// An address in digits and a port to listen on.
public struct ListenPoint: Sendable, Equatable, CustomStringConvertible {
    public let host: String
    /// 0 picks a free one.
    public let port: UInt16

    /// Nil for what is not `127.0.0.1:8080`, `localhost:8080` or `[::1]:8080`.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        self.host = String(host)
        self.port = port
    }

    /// Nobody but this machine reaches it.
    public var isLoopback: Bool { ListenPoint.isLoopback(host) }

    /// A name that merely begins like an address of this machine (`127.0.0.1.example`) is anybody's.
    public static func isLoopback(_ host: some StringProtocol) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in part.utf8.allSatisfy { 48...57 ~= $0 } && UInt8(part) != nil }
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Setting where Value == ListenPoint {
    public static func listenPoint(_ name: String, default text: String, _ sentence: String) -> Self {
        let allowed = "an address in digits and a port, such as 127.0.0.1:8080 or [::1]:8080"
        return Setting(name, default: text, sentence, allowed: allowed) { (given: String) throws(SettingFault) in
            guard let point = ListenPoint(given) else { throw SettingFault("is not an address and a port") }
            return point
        }
    }
}
