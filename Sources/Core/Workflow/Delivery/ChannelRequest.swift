/// One entry of a request's `delivery`: where to, and what of.
public struct ChannelRequest: Sendable, Equatable {
    public enum Target: Sendable, Equatable {
        /// The follow-up webhook of an interaction; its token lives 15 minutes.
        case discordInteraction(applicationID: String, token: Secret, expiresAt: Microseconds?)
        /// A message of the bot in a channel.
        case discordChannel(channelID: String)
        /// A direct message of the bot.
        case discordDM(userID: String)
        /// `secret` is a name in the courier's file of secrets; nil: the one named `default`.
        case webhook(url: String, secret: String?)
        /// Kept for pick-up at once.
        case inbox
        /// Cannot be used; a state of this entry, never a failure of the run.
        case malformed(kind: String, problem: String)
    }

    /// When results go out as files.
    public enum Attachment: String, CaseIterable, Sendable {
        /// When they are too long for a message.
        case auto
        case always, never
    }

    public var target: Target
    /// How often it is told how far the run is; nil: never.
    public var progress: ProgressStep?
    /// The ends it wants to hear of; nil: of every one.
    public var wanted: Set<RunOutcome>?
    /// Names the kind of work in metrics and in what is kept.
    public var depth: String?
    public var attach: Attachment

    public init(
        _ target: Target, progress: ProgressStep? = nil, wanted: Set<RunOutcome>? = nil, depth: String? = nil,
        attach: Attachment = .auto
    ) {
        self.target = target
        self.progress = progress
        self.wanted = wanted
        self.depth = depth
        self.attach = attach
    }

    /// As rows, metrics and log lines name it.
    public var name: String {
        switch target {
        case .discordInteraction: "discord.interaction"
        case .discordChannel: "discord.channel"
        case .discordDM: "discord.dm"
        case .webhook: "webhook"
        case .inbox: "inbox"
        case .malformed(let kind, _): Self.kinds.contains(kind) ? kind : "unknown"
        }
    }

    static let kinds: Set<String> = ["discord.interaction", "discord.channel", "discord.dm", "webhook", "inbox"]

    /// Its token ends while a long run goes on.
    public var hasToken: Bool {
        if case .discordInteraction = target { true } else { false }
    }

    /// Goes to an address that the request brought along.
    public var isWebhook: Bool {
        if case .webhook = target { true } else { false }
    }

    public func wants(_ end: RunOutcome) -> Bool { wanted?.contains(end) ?? true }
}

/// How often progress is told.
public enum ProgressStep: Sendable, Equatable {
    case percent(Int)
    case seconds(Int)
}

/// How a run ended, as `on` names it. `completed` stands for degraded runs too.
public enum RunOutcome: String, CaseIterable, Sendable {
    case completed, degraded, failed, cancelled
}
