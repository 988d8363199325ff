import Delivery
import Platform
import Workflow

extension CourierLimits {
    init(_ settings: Settings) {
        self.init()
        batch = settings[CourierSettings.sends] * 2
        perHost = settings[CourierSettings.sendsPerHost]
        poll = settings[CourierSettings.pollInterval].nanoseconds / 1_000
        warnAfter = settings[CourierSettings.warnAfter].nanoseconds / 1_000
        ages.retentionDays = settings[CourierSettings.retentionDays]
        ages.replayDays = settings[CourierSettings.replayDays]
    }
}

extension ChannelDesk {
    convenience init(_ settings: Settings, _ secrets: any SecretBook) {
        let url = settings[CourierSettings.discordURL]
        self.init(
            secrets: secrets,
            webhookDelays: settings[CourierSettings.webhookDelays].map { $0.nanoseconds / 1_000 },
            discordURL: url.hasSuffix("/") ? String(url.dropLast()) : url,
            botToken: settings[CourierSettings.discordBotToken].map { Secret($0) },
            botScope: BotScope(
                tenants: Self.set(settings[CourierSettings.botTenants]),
                places: Self.set(settings[CourierSettings.botPlaces])))
    }

    /// Nil where `*` stands for all.
    private static func set(_ names: [String]) -> Set<String>? { names.contains("*") ? nil : Set(names) }
}
