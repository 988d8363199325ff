/// The reply to a slash command that a bot has answered with "is thinking…": an edit of it, which may be repeated.
///
/// Its token lives 15 minutes, less where the request says so. That it is over is a state, found before the send or by
/// Discord's 401. If the reply itself was removed, a follow-up message takes its place. No bot token is needed.
public struct DiscordInteractionChannel: DeliveryChannel {
    private let applicationID: String
    private let token: Secret
    private let expiresAt: Microseconds?
    private let base: String

    /// - `expiresAt`: nil: 15 minutes after the run was made.
    /// - `base`: of the API, without a slash at its end.
    public init(applicationID: String, token: Secret, expiresAt: Microseconds?, base: String) {
        self.applicationID = applicationID
        self.token = token
        self.expiresAt = expiresAt
        self.base = base
    }

    public static let tokenLife: Microseconds = 900_000_000

    public func check(_ notice: Notice, now: Microseconds) -> ChannelState {
        check(now: now, madeAt: notice.run.createdAt)
    }

    public func check(now: Microseconds, madeAt: Microseconds) -> ChannelState {
        guard DiscordName.isID(applicationID) else { return .malformed("application_id is not an id") }
        guard !token.revealed.hasPrefix("sealed:") else {
            return .malformed("the token was sealed with a key that this courier has not (COURIER_TOKEN_KEY)")
        }
        guard DiscordName.isToken(token.revealed) else { return .malformed("token is not one of Discord's") }
        return now < ends(madeAt) ? .open : .expired("the interaction is over")
    }

    private func ends(_ madeAt: Microseconds) -> Microseconds { expiresAt ?? madeAt + Self.tokenLife }

    public func request(for notice: Notice, now: Microseconds) -> OutgoingRequest {
        let message = DiscordMessage(notice)
        guard let memo = notice.memo, DiscordName.isID(memo) else { return edit(message) }
        return request("PATCH", "/messages/\(memo)", message, step: 0)
    }

    /// Replaces what the reply says.
    public func edit(_ message: DiscordMessage) -> OutgoingRequest {
        request("PATCH", "/messages/@original", message, step: 0)
    }

    private func request(_ method: String, _ path: String, _ message: DiscordMessage, step: Int) -> OutgoingRequest {
        OutgoingRequest(
            method, Secret("\(base)/webhooks/\(applicationID)/\(token.revealed)\(path)"), body: message.body(),
            isRepeatable: method == "PATCH", step: step, limits: [Self.allLimit, limit])
    }

    private static let allLimit = "discord.webhooks"
    /// Names the token without showing it.
    private var limit: String { "discord.webhooks/" + SHA256.hex(Array(token.revealed.utf8)).prefix(16) }

    public func verdict(
        on answer: SendAnswer, to request: OutgoingRequest, for notice: Notice, now: Microseconds
    ) -> Verdict {
        verdict(on: answer, to: request, saying: DiscordMessage(notice), madeAt: notice.run.createdAt, now: now)
    }

    /// - `message`: what the request says, in case it has to be said in another way.
    public func verdict(
        on answer: SendAnswer, to request: OutgoingRequest, saying message: DiscordMessage, madeAt: Microseconds,
        now: Microseconds
    ) -> Verdict {
        let reply: DiscordReply
        switch answer {
        case .reply(let found): reply = DiscordReply(found)
        case .failed(let failure): return failure.verdict
        }
        // An edit of what is not @original is one of a follow-up: its id is kept. The first reply needs none.
        if reply.isDone {
            let memo = request.url.revealed.hasSuffix("/@original") ? nil : reply.id
            return .delivered(memo: memo, isWhole: message.isWhole(in: request))
        }
        if let passing = reply.passing(limit: limit, all: Self.allLimit) { return passing }
        switch (reply.status, reply.code) {
        case (401, _), (_, 50027): return .expired("the interaction is over: \(reply.words)")
        case (_, 10008) where request.step == 0: return .next(self.request("POST", "", message, step: 1))
        case (404, 10015), (403, _): return .closed(reply.words)
        case (404, _): return now < ends(madeAt) ? .retry(reply.words) : .expired("the interaction is over")
        case (413, _), (_, 40005):
            guard message.file != nil, request.isMultipart else { return .refused(reply.words) }
            return .next(self.request(request.method, suffix(of: request), message.withoutFile, step: request.step + 1))
        default: return .refused(reply.words)
        }
    }

    /// What stands behind the token.
    private func suffix(of request: OutgoingRequest) -> String {
        let start = "\(base)/webhooks/\(applicationID)/\(token.revealed)"
        return String(request.url.revealed.dropFirst(start.count))
    }

    public func needsCode(for notice: Notice) -> Bool { DiscordMessage(notice).mayLeaveOut }

    public func usedUp(_ answer: SendAnswer, by request: OutgoingRequest) -> (limit: String, rest: Microseconds)? {
        answer.usedUp(request.limits.last)
    }

    /// Together about as long as a token lives.
    public func delay(afterTry tries: Int, draw: Double) -> Microseconds? {
        DiscordRest.after(tries, of: [1, 2, 4, 8, 15, 30, 60, 60, 60, 120, 120, 120, 120, 120], draw: draw)
    }
}

extension SendFailure {
    /// What Discord's channels make of no answer.
    var verdict: Verdict {
        switch self {
        case .timedOut: .retry("Discord did not answer in time")
        case .unreachable(let why): .retry("Discord was not reached: \(why)")
        case .refused(let why): .refused("the call was not made: \(why)")
        }
    }
}
