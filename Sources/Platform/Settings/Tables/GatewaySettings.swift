/// How callers of the gateway are known.
public enum GatewayAuth: String, Sendable, CaseIterable {
    /// Not at all: only where nobody but this machine can reach it.
    case none
    case keys
}

/// Settings that only the gateway reads.
public enum GatewaySettings {
    public static let listen = Setting.listenPoint(
        "GATEWAY_LISTEN", default: "127.0.0.1:8080", "Address in digits and port of the API; port 0 picks a free one.")
    public static let auth = Setting<GatewayAuth>.choice(
        "GATEWAY_AUTH", default: .none,
        "Who may call: none lets everybody in and is taken on loopback only; keys asks for a key.")
    public static let triggerFlow = Setting.optionalText(
        "GATEWAY_TRIGGER_FLOW", "The flow of POST /orchestrator-trigger when the body names none.")
    public static let discordKey = Setting.hexadecimal(
        "GATEWAY_DISCORD_PUBLIC_KEY", bytes: 32,
        "The public key of the Discord application whose slash commands are answered; absent: none are.")
    public static let discordTenant = Setting.optionalText(
        "GATEWAY_DISCORD_TENANT", "The one tenant whose results slash commands may fetch; absent: every one.")
    public static let threads = Setting.integer(
        "GATEWAY_THREADS", default: 2, in: 1...64, "Threads that read requests and write answers.")
    public static let desks = Setting.integer(
        "GATEWAY_DESKS", default: 4, in: 1...64,
        "Threads that answer from rows, each with connections to Postgres of its own.")
    public static let connections = Setting.integer(
        "GATEWAY_CONNECTIONS", default: 2_000, in: 1...100_000, "Connections of callers at once.")
    public static let connectionsPerAddress = Setting.integer(
        "GATEWAY_CONNECTIONS_PER_ADDRESS", default: 500, in: 1...100_000, "Of these, from one address.")
    public static let streams = Setting.integer(
        "GATEWAY_STREAMS", default: 200, in: 1...100_000, "Open streams of announcements at once.")
    public static let requestTimeout = Setting.seconds(
        "GATEWAY_REQUEST_TIMEOUT", default: "20", in: 1...600,
        "A request that is not there whole after this ends its connection.")
    public static let sessionLife = Setting.integer(
        "GATEWAY_SESSION_LIFE_DAYS", default: 30, in: 1...3_650,
        "Days after which a session is closed that was opened without an end of its own.")
    public static let sessionKeep = Setting.integer(
        "GATEWAY_SESSION_KEEP_DAYS", default: 30, in: 1...3_650,
        "Days that the row of a closed session stays; its runs are never removed with it.")
    public static let metricsPort = Setting.integer(
        "GATEWAY_METRICS_PORT", default: 9094, in: 0...65535, "Port of /metrics and /health; 0 picks a free one.")

    static let groups: [SettingsTable.Group] = [
        SettingsTable.Group(
            title: "Gateway",
            settings: [
                listen.declaration, auth.declaration, triggerFlow.declaration, discordKey.declaration,
                discordTenant.declaration, CourierSettings.discordURL.declaration,
                CourierSettings.publicURL.declaration, threads.declaration,
                desks.declaration, connections.declaration,
                connectionsPerAddress.declaration, streams.declaration,
                requestTimeout.declaration, sessionLife.declaration, sessionKeep.declaration, metricsPort.declaration,
                DrainerSettings.consumerGroup.declaration, OrchestratorSettings.metricsEnabled.declaration,
                OrchestratorSettings.metricsAddress.declaration,
            ])
    ]
}

extension SettingsTable {
    public static let gateway = SettingsTable(
        program: "flowfleet-gateway",
        sentence: "The way in: an HTTP API to start, watch and steer runs, with a stream of what happens.",
        groups: ConnectionSettings.groups + GatewaySettings.groups + [OrchestratorSettings.judging])
}
