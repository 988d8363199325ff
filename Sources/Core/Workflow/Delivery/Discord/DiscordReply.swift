import JSON

/// An answer of Discord's, as far as a channel has to know it.
struct DiscordReply {
    let status: Int
    /// Discord's own number for what is wrong; 0 without one.
    let code: Int
    /// Of a message or of an opened channel.
    let id: String?
    /// A rate limit's rest, as told.
    let retryAfter: Microseconds?
    /// Whose limit was reached.
    let scope: Scope
    /// How long the limit rests that this answer used up.
    let rest: Microseconds?

    enum Scope: String {
        /// Of everything that the bot does.
        case global
        /// Of a resource, whoever uses it: none of our doing, and not held against us.
        case shared
        /// Of this bot for one resource.
        case bucket = "user"
    }

    init(_ reply: SendReply) {
        status = reply.status
        let body = try? JSONValue(validating: reply.body[...])
        code = body?.member("code")?.int ?? 0
        let text = body?.member("id")?.string().map { String(decoding: $0, as: UTF8.self) }
        id = text.flatMap { DiscordName.isID($0) ? $0 : nil }
        let isGlobal = body?.member("global")?.bool == true || reply.headers["x-ratelimit-global"] == "true"
        scope = reply.headers["x-ratelimit-scope"].flatMap(Scope.init(rawValue:)) ?? (isGlobal ? .global : .bucket)
        retryAfter =
            Self.time(body?.member("retry_after")?.double) ?? Self.time(Self.seconds(reply.headers["retry-after"]))
        rest =
            Self.seconds(reply.headers["x-ratelimit-remaining"]) == 0
            ? Self.time(Self.seconds(reply.headers["x-ratelimit-reset-after"])) : nil
    }

    private static func seconds(_ header: String?) -> Double? { header.flatMap { Double($0) } }

    /// What nobody would wait for is no time.
    private static func time(_ seconds: Double?) -> Microseconds? {
        seconds.flatMap { (0...86_400).contains($0) ? Microseconds($0 * 1_000_000) : nil }
    }

    var isDone: Bool { (200..<300).contains(status) }

    /// For people and logs: numbers only.
    var words: String { "Discord answered \(status)" + (code == 0 ? "" : " (\(code))") }
}

/// What both kinds of channel make of an answer that is neither done nor about the channel itself.
extension DiscordReply {
    /// - `limit`: the narrower limit that the request falls under; `all`: the wider one.
    /// Nil: it is for the channel to say.
    func passing(limit: String, all: String) -> Verdict? {
        switch status {
        case 429:
            let rest = max(retryAfter ?? 1_000_000, 50_000)
            return .retry(
                words + ", limit: \(scope)", after: rest, holding: scope == .global ? all : limit, counts: false)
        case 408, 425, 500...599: return .retry(words)
        default: return nil
        }
    }
}

extension SendAnswer {
    /// What Discord tells with an answer that it took: the next call of the same kind would be one too many.
    func usedUp(_ limit: String?) -> (limit: String, rest: Microseconds)? {
        guard case .reply(let reply) = self, let limit, let rest = DiscordReply(reply).rest, rest > 0 else {
            return nil
        }
        return (limit, rest)
    }
}

/// What Discord's names may look like, since they become part of an address.
enum DiscordName {
    /// A snowflake: a whole number below 2^64.
    static func isID(_ text: String) -> Bool {
        (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    static func isToken(_ text: String) -> Bool {
        (1...2_000).contains(text.utf8.count) && !text.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
            && text.utf8.allSatisfy { isTokenByte($0) }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "~"): true
        default: false
        }
    }
}

/// Rests between tries: listed seconds, spread by a quarter to both sides.
enum DiscordRest {
    static func after(_ tries: Int, of seconds: [Int], draw: Double) -> Microseconds? {
        guard tries >= 1, tries <= seconds.count else { return nil }
        let spread = 0.75 + 0.5 * min(max(draw, 0), 1)
        return Microseconds(Double(seconds[tries - 1]) * 1_000_000 * spread)
    }
}
