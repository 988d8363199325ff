import JSON
public import Workflow

/// A key as its owner holds it: `prefix.secret`.
public struct KeySecret: Sendable, Equatable {
    public let prefix: String
    public let secret: String

    /// Nil for what cannot be a key.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 200, let dot = text.firstIndex(of: ".") else { return nil }
        prefix = String(text[..<dot])
        secret = String(text[text.index(after: dot)...])
        guard !prefix.isEmpty, !secret.isEmpty else { return nil }
    }

    /// - `random`: at least 40 random bytes.
    public init(random: [UInt8]) {
        prefix = "ff" + KeySecret.digits(random.prefix(6))
        secret = KeySecret.digits(random.dropFirst(6).prefix(32))
    }

    public var text: String { prefix + "." + secret }
    public var hash: [UInt8] { SHA256.hash(Array(secret.utf8)) }

    /// Takes as long for a secret that is nearly right as for any other.
    public func opens(_ key: AccessKey) -> Bool { KeySecret.isSame(hash, key.secretHash) }

    static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(one, other) { difference |= left ^ right }
        return difference == 0
    }

    private static func digits(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
