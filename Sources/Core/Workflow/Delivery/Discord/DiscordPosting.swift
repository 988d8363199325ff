/// What a bot's messages have in common, in a server's channel or in a direct one: how they are posted and edited, and
/// what Discord's answers mean.
struct DiscordPosting: Sendable {
    let base: String
    let botToken: Secret?

    enum Outcome {
        /// It is said, whole or not; the message's id, if Discord told one.
        case said(String?, isWhole: Bool)
        case verdict(Verdict)
    }

    static let allLimit = "discord"
    static let usersLimit = "discord/users"

    func check() -> ChannelState {
        guard let botToken else { return .malformed("COURIER_DISCORD_BOT_TOKEN is not set") }
        let isSendable = botToken.revealed.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isSendable ? .open : .malformed("COURIER_DISCORD_BOT_TOKEN has characters that cannot be sent")
    }

    // MARK: Requests

    func open(_ user: String) -> OutgoingRequest {
        let body = OutgoingRequest.Body.bytes(Array("{\"recipient_id\":\"\(user)\"}".utf8), type: "application/json")
        return request("POST", "/users/@me/channels", body, isRepeatable: true, step: 0, limit: Self.usersLimit)
    }

    /// Discord makes one message of several posts with the same nonce, for some minutes.
    /// - `notice`: the notice's id, of which the nonce is the end.
    func post(_ message: DiscordMessage, _ notice: String, in channel: String, step: Int) -> OutgoingRequest {
        let body = message.body(nonce: String(notice.suffix(25)))
        let path = "/channels/\(channel)/messages"
        return request("POST", path, body, isRepeatable: false, step: step, limit: Self.limit(channel))
    }

    func edit(_ message: DiscordMessage, _ id: String, in channel: String, step: Int = 0) -> OutgoingRequest {
        let path = "/channels/\(channel)/messages/\(id)"
        return request("PATCH", path, message.body(), isRepeatable: true, step: step, limit: Self.limit(channel))
    }

    private func request(
        _ method: String, _ path: String, _ body: OutgoingRequest.Body, isRepeatable: Bool, step: Int, limit: String
    ) -> OutgoingRequest {
        OutgoingRequest(
            method, Secret(base + path), headers: [("Authorization", Secret("Bot \(botToken?.revealed ?? "")"))],
            body: body, isRepeatable: isRepeatable, step: step, limits: [Self.allLimit, limit])
    }

    private static func limit(_ channel: String) -> String { "discord/channels/\(channel)" }

    /// The channel that a request of ours writes to.
    func channel(of request: OutgoingRequest) -> String? {
        let start = "\(base)/channels/"
        guard request.url.revealed.hasPrefix(start) else { return nil }
        return request.url.revealed.dropFirst(start.count).split(separator: "/").first.map(String.init)
    }

    /// The message that an edit of ours is about.
    private func message(of request: OutgoingRequest) -> String? {
        request.url.revealed.split(separator: "/").last.map(String.init)
    }

    // MARK: Answers

    func outcome(
        of answer: SendAnswer, to request: OutgoingRequest, for notice: Notice, in channel: String
    ) -> Outcome {
        let reply: DiscordReply
        switch answer {
        case .reply(let found): reply = DiscordReply(found)
        case .failed(let failure): return .verdict(failure.verdict)
        }
        if reply.isDone { return .said(reply.id, isWhole: DiscordMessage(notice).isWhole(in: request)) }
        if let passing = reply.passing(limit: Self.limit(channel), all: Self.allLimit) { return .verdict(passing) }
        return .verdict(final(reply, to: request, for: notice, in: channel))
    }

    /// An edit whose message is gone becomes a message; a file that is too large there is left out.
    private func final(
        _ reply: DiscordReply, to request: OutgoingRequest, for notice: Notice, in channel: String
    ) -> Verdict {
        let message = DiscordMessage(notice)
        switch (reply.status, reply.code) {
        case (404, 10008) where request.method == "PATCH":
            return .next(post(message, notice.id, in: channel, step: request.step + 1))
        case (413, _), (_, 40005):
            guard message.file != nil, request.isMultipart else { return .refused(reply.words) }
            let (less, step) = (message.withoutFile, request.step + 1)
            guard request.method == "PATCH", let id = self.message(of: request) else {
                return .next(post(less, notice.id, in: channel, step: step))
            }
            return .next(edit(less, id, in: channel, step: step))
        case (401, _), (403, _), (404, _): return .closed(reply.words)
        default: return .refused(reply.words)
        }
    }

    /// Ten hours in all.
    static func delay(_ tries: Int, _ draw: Double) -> Microseconds? {
        DiscordRest.after(tries, of: [1, 5, 30, 120, 600, 1_800, 3_600, 7_200, 21_600], draw: draw)
    }
}

extension OutgoingRequest {
    var isMultipart: Bool {
        if case .multipart = body { true } else { false }
    }
}
