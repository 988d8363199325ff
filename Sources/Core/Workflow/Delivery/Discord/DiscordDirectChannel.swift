/// A direct message of the bot: first the channel with the user is opened, which gives the same one each time, then it
/// is written into.
public struct DiscordDirectChannel: DeliveryChannel {
    private let userID: String
    private let posting: DiscordPosting

    /// - `base`: of the API, without a slash at its end.
    public init(userID: String, base: String, botToken: Secret?) {
        self.userID = userID
        posting = DiscordPosting(base: base, botToken: botToken)
    }

    public func check(_ notice: Notice, now: Microseconds) -> ChannelState {
        guard DiscordName.isID(userID) else { return .malformed("user_id is not an id") }
        return posting.check()
    }

    public func request(for notice: Notice, now: Microseconds) -> OutgoingRequest {
        if let (channel, message) = Self.place(notice.memo) {
            return posting.edit(DiscordMessage(notice), message, in: channel)
        }
        return posting.open(userID)
    }

    public func verdict(
        on answer: SendAnswer, to request: OutgoingRequest, for notice: Notice, now: Microseconds
    ) -> Verdict {
        if request.limits.contains(DiscordPosting.usersLimit) { return opened(answer, notice) }
        guard let channel = posting.channel(of: request) else { return .refused("the request names no channel") }
        switch posting.outcome(of: answer, to: request, for: notice, in: channel) {
        case .said(let id, let isWhole): return .delivered(memo: id.map { "\(channel)/\($0)" }, isWhole: isWhole)
        case .verdict(let verdict): return verdict
        }
    }

    private func opened(_ answer: SendAnswer, _ notice: Notice) -> Verdict {
        let reply: DiscordReply
        switch answer {
        case .reply(let found): reply = DiscordReply(found)
        case .failed(let failure): return failure.verdict
        }
        if reply.isDone {
            guard let channel = reply.id else { return .retry("Discord's answer names no channel") }
            return .next(posting.post(DiscordMessage(notice), notice.id, in: channel, step: 1))
        }
        if let passing = reply.passing(limit: DiscordPosting.usersLimit, all: DiscordPosting.allLimit) {
            return passing
        }
        return .closed(reply.words)
    }

    /// The channel and the message of a memo.
    private static func place(_ memo: String?) -> (channel: String, message: String)? {
        guard let parts = memo?.split(separator: "/"), parts.count == 2 else { return nil }
        let (channel, message) = (String(parts[0]), String(parts[1]))
        return DiscordName.isID(channel) && DiscordName.isID(message) ? (channel, message) : nil
    }

    public func needsCode(for notice: Notice) -> Bool { DiscordMessage(notice).mayLeaveOut }

    public func usedUp(_ answer: SendAnswer, by request: OutgoingRequest) -> (limit: String, rest: Microseconds)? {
        answer.usedUp(request.limits.last)
    }

    public func delay(afterTry tries: Int, draw: Double) -> Microseconds? { DiscordPosting.delay(tries, draw) }
}
