/// Settings that only the courier reads.
public enum CourierSettings {
    public static let allowPrivate = Setting.flag(
        "COURIER_ALLOW_PRIVATE", default: false,
        "Whether results may go to addresses of this machine and of private networks.")
    public static let secretsFile = Setting.optionalText(
        "COURIER_SECRETS_FILE",
        "File of webhook secrets: a JSON object, name to whsec_…, to a list of them, or to an object that says for which "
            + "tenants and hosts they are; read again every few seconds.")
    public static let webhookDelays = Setting.delays(
        "COURIER_WEBHOOK_DELAYS", default: "0,5,300,1800,7200,18000,36000,50400,72000,86400",
        "Before each try of a webhook; after the last one the result goes to the next channel, or is kept.")
    public static let discordURL = Setting.url(
        "COURIER_DISCORD_URL", default: "https://discord.com/api/v10", schemes: ["http", "https"],
        "Where Discord's API is.")
    public static let discordBotToken = Setting.optionalText(
        "COURIER_DISCORD_BOT_TOKEN", secret: true, "The bot's token, for messages in channels and direct messages.")
    public static let botTenants = Setting.list(
        "COURIER_DISCORD_TENANTS", default: "*", "Tenants whose results the bot may write; *: every tenant's.")
    public static let botPlaces = Setting.list(
        "COURIER_DISCORD_PLACES", default: "*",
        "Ids of the channels that the bot may write in and of the users it may write to; *: all.")
    public static let tokenKey = Setting.hexadecimal(
        "COURIER_TOKEN_KEY", bytes: 32, secret: true,
        "What tokens of interactions are sealed with in the database, the same for orchestrators and couriers; absent: a "
            + "key that stands in a table of its own there.")
    public static let warnAfter = Setting.seconds(
        "COURIER_WARN_AFTER", default: "720", in: 1...870,
        "Age of an interaction's token at which its user is told how the result will come.")
    public static let retentionDays = Setting.integer(
        "COURIER_RETENTION_DAYS", default: 30, in: 1...3_650, "Days that results wait for pick-up.")
    public static let replayDays = Setting.integer(
        "COURIER_REPLAY_DAYS", default: 7, in: 0...3_650,
        "Days that the body of a result that somebody has stays, so that it can be sent again.")
    public static let orphanDirectory = Setting.optionalText(
        "COURIER_ORPHAN_DIR", "Directory where kept results are written as files too, readable by their owner only.")
    public static let publicURL = Setting.optionalURL(
        "COURIER_PUBLIC_URL", schemes: ["http", "https"],
        "Where people reach the gateway, for links to kept results; absent: the command is named instead.")
    public static let sends = Setting.integer(
        "COURIER_SENDS", default: 64, in: 1...1_000, "Requests under way at once.")
    public static let sendsPerHost = Setting.integer(
        "COURIER_SENDS_PER_HOST", default: 16, in: 1...1_000, "Of these, to one host.")
    public static let pollInterval = Setting.seconds(
        "COURIER_POLL_INTERVAL", default: "5", in: 0.01...3600,
        "The longest sleep; it wakes by itself when a delivery is due, however long this is.")
    public static let metricsPort = Setting.integer(
        "COURIER_METRICS_PORT", default: 9095, in: 0...65535, "Port of /metrics and /health; 0 picks a free one.")

    static let groups: [SettingsTable.Group] = [
        SettingsTable.Group(
            title: "Courier",
            settings: [
                allowPrivate.declaration, secretsFile.declaration, webhookDelays.declaration,
                retentionDays.declaration, replayDays.declaration, orphanDirectory.declaration, publicURL.declaration,
                sends.declaration, sendsPerHost.declaration, pollInterval.declaration, metricsPort.declaration,
                OrchestratorSettings.metricsEnabled.declaration, OrchestratorSettings.metricsAddress.declaration,
            ]),
        SettingsTable.Group(
            title: "Discord",
            settings: [
                discordURL.declaration, discordBotToken.declaration, botTenants.declaration, botPlaces.declaration,
                tokenKey.declaration, warnAfter.declaration,
            ]),
    ]
}

extension SettingsTable {
    public static let courier = SettingsTable(
        program: "flowfleet-courier",
        sentence: "Brings results to people: chat, webhooks, and an inbox for those that reach nobody.",
        groups: ConnectionSettings.groups + CourierSettings.groups)
}
