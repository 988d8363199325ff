public import Workflow

/// What channels need beside the request: the courier's own settings.
public final class ChannelDesk {
    /// Whom the bot may write for and to; nil: everybody.
    public struct BotScope: Sendable, Equatable {
        public var tenants: Set<String>?
        /// Ids of channels and, for direct messages, of users.
        public var places: Set<String>?

        public init(tenants: Set<String>? = nil, places: Set<String>? = nil) {
            (self.tenants, self.places) = (tenants, places)
        }

        func covers(_ tenant: Identifier, _ place: String) -> Bool {
            (tenants?.contains(tenant.description) ?? true) && (places?.contains(place) ?? true)
        }
    }

    private let secrets: any SecretBook
    private let webhookDelays: [Microseconds]
    private let discordURL: String
    private let botToken: Secret?
    private let botScope: BotScope

    public init(
        secrets: any SecretBook, webhookDelays: [Microseconds], discordURL: String, botToken: Secret?,
        botScope: BotScope = BotScope()
    ) {
        self.secrets = secrets
        self.webhookDelays = webhookDelays
        self.discordURL = discordURL
        self.botToken = botToken
        self.botScope = botScope
    }

    /// False while the secrets could not be read yet.
    var isReady: Bool { secrets.isReady }

    /// - `tenant`: whose run it is: secrets and the bot may be for some only.
    func channel(for entry: ChannelRequest, of tenant: Identifier) -> any DeliveryChannel {
        switch entry.target {
        case .webhook(let url, let name):
            return WebhookChannel(
                url: url, secrets: secrets.secrets(named: name ?? "default", for: tenant, at: url),
                delays: webhookDelays)
        case .discordInteraction(let application, let token, let expiresAt):
            return DiscordInteractionChannel(
                applicationID: application, token: token, expiresAt: expiresAt, base: discordURL)
        case .discordChannel(let id):
            guard botScope.covers(tenant, id) else { return Self.notForThem }
            return DiscordMessageChannel(channelID: id, base: discordURL, botToken: botToken)
        case .discordDM(let id):
            guard botScope.covers(tenant, id) else { return Self.notForThem }
            return DiscordDirectChannel(userID: id, base: discordURL, botToken: botToken)
        case .inbox: return UnusableChannel(state: .closed("the inbox is no channel that is sent to"))
        case .malformed(_, let problem): return UnusableChannel(state: .malformed(problem))
        }
    }

    private static let notForThem = UnusableChannel(state: .malformed("the bot may not write there for this tenant"))
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
