import Workflow

/// Notices and answers for the tests of Discord's channels.
enum DiscordNotices {
    static let base = "https://discord.example/api/v10"
    static let madeAt: Microseconds = 1_000_000_000_000
    static let ends = madeAt + 900_000_000
    static let id = "msg_0123456789abcdef0123456789abcdef"
    static let token = "aW50ZXJhY3Rpb246MTIz-Abc_9.x"

    static func make(
        _ kind: Notice.Kind = .result, output: String? = #"{"text":"done"}"#, error: String? = nil,
        attach: ChannelRequest.Attachment = .auto, memo: String? = nil, link: String? = nil, code: String? = nil,
        tasks: RunProgress = RunProgress()
    ) -> Notice {
        let run = RunNews(
            runID: Identifier("run-1"), flowID: Identifier("report"), tenantID: Identifier("default"),
            userID: Identifier("77"), sessionID: Identifier("s"), status: kind == .error ? .failed : .completed,
            output: output.map { Array($0.utf8)[...] }, error: error, createdAt: madeAt,
            completedAt: madeAt + 12_300_000, ending: 1, tasks: tasks)
        let pickUp = PickUp(
            chatCommand: "/retrieve_results workflow_id:run-1", command: "flowfleet delivery redeem run-1.1",
            code: code, link: link)
        return Notice(id: id, kind: kind, run: run, pickUp: pickUp, attach: attach, memo: memo)
    }

    static func interaction(_ token: String = token, application: String = "11", expiresAt: Microseconds? = ends)
        -> DiscordInteractionChannel
    {
        DiscordInteractionChannel(applicationID: application, token: Secret(token), expiresAt: expiresAt, base: base)
    }

    static func channel(_ id: String = "22", bot: String? = "bot.token") -> DiscordMessageChannel {
        DiscordMessageChannel(channelID: id, base: base, botToken: bot.map { Secret($0) })
    }

    static func direct(_ id: String = "77") -> DiscordDirectChannel {
        DiscordDirectChannel(userID: id, base: base, botToken: Secret("bot.token"))
    }

    static func reply(_ status: Int, code: Int? = nil, _ body: String? = nil, headers: [String: String] = [:])
        -> SendAnswer
    {
        let text = body ?? code.map { #"{"message":"m","code":\#($0)}"# } ?? "{}"
        return .reply(SendReply(status: status, headers: headers, body: Array(text.utf8)))
    }
}

extension DeliveryChannel {
    /// What this channel makes of one answer to its first request.
    func verdict(_ answer: SendAnswer, _ notice: Notice = DiscordNotices.make(), now: Microseconds? = nil) -> Verdict {
        let now = now ?? DiscordNotices.madeAt + 1_000_000
        return verdict(on: answer, to: request(for: notice, now: now), for: notice, now: now)
    }
}

extension OutgoingRequest {
    var path: String { String(url.revealed.dropFirst(DiscordNotices.base.count)) }

    /// The message's JSON, wherever it stands.
    var json: [UInt8] {
        switch body {
        case .none: []
        case .bytes(let bytes, _): bytes
        case .multipart(let parts): parts.first?.bytes ?? []
        }
    }
    var text: String { String(decoding: json, as: UTF8.self) }

    var file: Part? {
        guard case .multipart(let parts) = body, parts.count == 2 else { return nil }
        return parts[1]
    }
}
