/// Where Redis is: `redis://[[user]:password@]host[:port][/database]`.
public struct RedisAddress: Equatable, Sendable {
    public let host: String
    public let port: Int
    public let database: Int
    let user: String?
    let password: String?

    /// - Throws: a `settings` error that does not quote the URL, since that may hold a password.
    public init(_ url: String) throws(RedisError) {
        if url.hasPrefix("rediss://") { throw RedisAddress.wrong("rediss:// (TLS) is not supported, use redis://") }
        guard url.hasPrefix("redis://") else { throw RedisAddress.wrong("a Redis URL begins with redis://") }
        var rest = url.dropFirst("redis://".count)[...]
        if let query = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) { rest = rest[..<query] }

        let path = rest.firstIndex(of: "/").map { rest[rest.index(after: $0)...] } ?? ""
        rest = rest.prefix { $0 != "/" }
        guard let database = path.isEmpty ? 0 : Int(path), database >= 0 else {
            throw RedisAddress.wrong("the database in the Redis URL is no number")
        }
        self.database = database

        if let at = rest.lastIndex(of: "@") {
            (user, password) = try RedisAddress.credentials(rest[..<at])
            rest = rest[rest.index(after: at)...]
        } else {
            (user, password) = (nil, nil)
        }
        (host, port) = try RedisAddress.endpoint(rest)
    }

    private static func credentials(_ text: Substring) throws(RedisError) -> (String?, String?) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let user = decoded(parts[0]), let password = decoded(parts[1]) else {
            throw wrong("credentials in a Redis URL are user:password, percent-encoded")
        }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password)
    }

    private static func endpoint(_ text: Substring) throws(RedisError) -> (String, Int) {
        var host = text
        var port: Substring = "6379"
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if rest.hasPrefix(":") { port = rest.dropFirst() }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard let number = Int(port), (1...65535).contains(number) else {
            throw wrong("the port in the Redis URL is not between 1 and 65535")
        }
        return (host.isEmpty ? "localhost" : String(host), number)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let text = String(digits), let value = UInt8(text, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func wrong(_ message: String) -> RedisError { RedisError(kind: .settings, message: message) }
}

extension RedisAddress: CustomStringConvertible, CustomReflectable {
    /// Without user and password.
    public var description: String { "\(host):\(port)/\(database)" }
    public var customMirror: Mirror { Mirror(self, children: ["address": description]) }
}
