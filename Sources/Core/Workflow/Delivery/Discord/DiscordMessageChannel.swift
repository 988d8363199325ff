/// A message of the bot in a channel. A progress message that is there already is edited instead.
public struct DiscordMessageChannel: DeliveryChannel {
    private let channelID: String
    private let posting: DiscordPosting

    /// - `base`: of the API, without a slash at its end.
    public init(channelID: String, base: String, botToken: Secret?) {
        self.channelID = channelID
        posting = DiscordPosting(base: base, botToken: botToken)
    }

    public func check(_ notice: Notice, now: Microseconds) -> ChannelState {
        guard DiscordName.isID(channelID) else { return .malformed("channel_id is not an id") }
        return posting.check()
    }

    public func request(for notice: Notice, now: Microseconds) -> OutgoingRequest {
        if let memo = notice.memo, DiscordName.isID(memo) {
            return posting.edit(DiscordMessage(notice), memo, in: channelID)
        }
        return posting.post(DiscordMessage(notice), notice.id, in: channelID, step: 0)
    }

    public func verdict(
        on answer: SendAnswer, to request: OutgoingRequest, for notice: Notice, now: Microseconds
    ) -> Verdict {
        switch posting.outcome(of: answer, to: request, for: notice, in: channelID) {
        case .said(let id, let isWhole): .delivered(memo: id, isWhole: isWhole)
        case .verdict(let verdict): verdict
        }
    }

    public func needsCode(for notice: Notice) -> Bool { DiscordMessage(notice).mayLeaveOut }

    public func usedUp(_ answer: SendAnswer, by request: OutgoingRequest) -> (limit: String, rest: Microseconds)? {
        answer.usedUp(request.limits.last)
    }

    public func delay(afterTry tries: Int, draw: Double) -> Microseconds? { DiscordPosting.delay(tries, draw) }
}
