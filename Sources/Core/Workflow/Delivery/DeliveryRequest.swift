public import JSON

/// What a run's request says of its delivery: the channels, tried in order. Whatever it holds, it can be read; what
/// makes no sense is a channel that is malformed.
public struct DeliveryRequest: Sendable, Equatable {
    public var channels: [ChannelRequest]

    public init(_ channels: [ChannelRequest]) { self.channels = channels }

    public init(reading value: JSONValue) {
        channels = []
        guard value.kind == .array else {
            channels.append(ChannelRequest(.malformed(kind: "", problem: "delivery is not an array")))
            return
        }
        value.forEachElement { element in
            var reader = ChannelReader(element)
            if channels.count < Self.limit { channels.append(reader.read()) }
        }
    }

    /// More entries are not read.
    public static let limit = 20

    /// Whether somebody wants to hear of this end.
    public func wants(_ end: RunOutcome) -> Bool { channels.contains { $0.wants(end) } }

    /// Whether something is to be done while the run goes on: progress, or a summary before a token ends.
    public var watches: Bool { channels.contains { $0.hasToken || $0.progress != nil } }
}

/// Reads one entry.
private struct ChannelReader {
    private let entry: JSONValue
    private var problem: String?

    init(_ entry: JSONValue) { self.entry = entry }

    mutating func read() -> ChannelRequest {
        let kind = optional("channel") ?? ""
        var request = ChannelRequest(target(kind))
        request.progress = progress()
        request.wanted = wanted()
        request.depth = optional("depth").map { String($0.prefix(64)) }
        if let word = optional("attach") {
            if let attach = ChannelRequest.Attachment(rawValue: word) {
                request.attach = attach
            } else {
                problem = problem ?? "attach is none of auto, always, never"
            }
        }
        if let problem { request.target = .malformed(kind: kind, problem: problem) }
        return request
    }

    private mutating func target(_ kind: String) -> ChannelRequest.Target {
        switch kind {
        case "discord.interaction":
            .discordInteraction(
                applicationID: snowflake("application_id"), token: Secret(required("token")), expiresAt: expiry())
        case "discord.channel": .discordChannel(channelID: snowflake("channel_id"))
        case "discord.dm": .discordDM(userID: snowflake("user_id"))
        case "webhook": .webhook(url: address(), secret: optional("secret"))
        case "inbox": .inbox
        default: .malformed(kind: kind, problem: kind.isEmpty ? "channel is missing" : "channel is unknown")
        }
    }

    private func optional(_ name: StaticString) -> String? {
        guard let text = entry.member(name)?.text, !text.isEmpty else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func required(_ name: StaticString) -> String {
        if let text = optional(name), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) { return text }
        problem = problem ?? (optional(name) == nil ? "\(name) is missing" : "\(name) has blanks in it")
        return ""
    }

    /// Discord's ids are whole numbers, as text or not.
    private mutating func snowflake(_ name: StaticString) -> String {
        let number = entry.member(name).flatMap { $0.kind == .number ? String(decoding: $0.bytes, as: UTF8.self) : nil }
        let text = number ?? required(name)
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.utf8.count <= 20 { return text }
        problem = problem ?? "\(name) is not an id"
        return ""
    }

    private mutating func expiry() -> Microseconds? {
        guard let value = entry.member("expires_at"), !value.isNull else { return nil }
        if let seconds = value.double, seconds.isFinite, abs(seconds) < 9e12 {
            return Microseconds(seconds * 1_000_000)
        }
        if let time = value.text.flatMap(Timestamp.parse) { return time }
        problem = problem ?? "expires_at is not a time"
        return nil
    }

    private mutating func address() -> String {
        let url = required("url")
        let start = url.prefix(8).lowercased()
        if url.isEmpty || start.hasPrefix("http://") || start.hasPrefix("https://") { return url }
        problem = problem ?? "url is not one of http or https"
        return ""
    }

    /// `"10%"`, `{"percent":10}`, `{"seconds":30}` or a number of seconds.
    private mutating func progress() -> ProgressStep? {
        guard let value = entry.member("progress"), !value.isNull else { return nil }
        if let percent = value.member("percent")?.int ?? Self.percent(value), (1...100).contains(percent) {
            return .percent(percent)
        }
        if let seconds = value.member("seconds")?.int ?? value.int, (1...86_400).contains(seconds) {
            return .seconds(seconds)
        }
        problem = problem ?? "progress is neither a share nor a number of seconds"
        return nil
    }

    private static func percent(_ value: JSONValue) -> Int? {
        guard let text = value.text, text.last == UInt8(ascii: "%") else { return nil }
        return Int(String(decoding: text.dropLast(), as: UTF8.self))
    }

    private mutating func wanted() -> Set<RunOutcome>? {
        guard let list = entry.member("on"), !list.isNull else { return nil }
        var ends: Set<RunOutcome> = []
        var isBad = list.kind != .array
        list.forEachElement { element in
            let word = element.text.map { String(decoding: $0, as: UTF8.self) } ?? ""
            if let end = RunOutcome(rawValue: word) { ends.insert(end) } else { isBad = true }
        }
        if isBad { problem = problem ?? "on is not a list of completed, failed, degraded, cancelled" }
        if ends.contains(.completed) { ends.insert(.degraded) }
        return ends
    }
}
