public import Workflow

/// What channels need beside the request: the courier's own settings.
public final class ChannelDesk {
    private let secrets: any SecretBook
    private let webhookDelays: [Microseconds]
    private let discordURL: String
    private let botToken: Secret?

    public init(
        secrets: any SecretBook, webhookDelays: [Microseconds], discordURL: String, botToken: Secret?
    ) {
        self.secrets = secrets
        self.webhookDelays = webhookDelays
        self.discordURL = discordURL
        self.botToken = botToken
    }

    func channel(for entry: ChannelRequest) -> any DeliveryChannel {
        switch entry.target {
        case .webhook(let url, let name):
            WebhookChannel(url: url, secrets: secrets.secrets(named: name ?? "default"), delays: webhookDelays)
        case .discordInteraction(let application, let token, let expiresAt):
            DiscordInteractionChannel(
                applicationID: application, token: token, expiresAt: expiresAt, base: discordURL)
        case .discordChannel(let id): DiscordMessageChannel(channelID: id, base: discordURL, botToken: botToken)
        case .discordDM(let id): DiscordDirectChannel(userID: id, base: discordURL, botToken: botToken)
        case .inbox: UnusableChannel(state: .closed("the inbox is no channel that is sent to"))
        case .malformed(_, let problem): UnusableChannel(state: .malformed(problem))
        }
    }
}

/// A channel that says what is wrong with it.
struct UnusableChannel: DeliveryChannel {
    let state: ChannelState

    func check(_ notice: Notice, now: Microseconds) -> ChannelState { state }

    func request(for notice: Notice, now: Microseconds) -> OutgoingRequest {
        OutgoingRequest("GET", Secret(""), isRepeatable: true)
    }

    func verdict(
        on answer: SendAnswer, to request: OutgoingRequest, for notice: Notice, now: Microseconds
    ) -> Verdict { .refused("it cannot be sent to") }

    func delay(afterTry tries: Int, draw: Double) -> Microseconds? { nil }
}
