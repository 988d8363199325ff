/// Settings that only the orchestrator reads.
public enum OrchestratorSettings {
    /// Which announcements go to `run_events`.
    public enum RunEvents: String, Sendable, CaseIterable {
        case off, runs, tasks
    }

    /// Where a lane without checkpoint begins.
    public enum OffsetReset: String, Sendable, CaseIterable {
        case earliest, latest
    }

    public static let autoOffsetReset = Setting<OffsetReset>.choice(
        "ORCHESTRATOR_KAFKA_AUTO_OFFSET_RESET", default: .earliest,
        "Where a lane without checkpoint begins; latest drops what was asked for before the first start.")
    public static let consumers = Setting.integer(
        "ORCHESTRATOR_CONSUMERS", default: 1, in: 1...64, "Loops that take turns, each on a thread with its own lanes.")
    public static let cacheBytes = Setting.integer(
        "ORCHESTRATOR_CACHE_BYTES", default: 268_435_456, in: 0...1_099_511_627_776,
        "Memory for runs that go on, in bytes; with 0 each is read from its rows whenever it is needed.")
    public static let runEvents = Setting<RunEvents>.choice(
        "ORCHESTRATOR_RUN_EVENTS", default: .runs, "What is announced on run_events.")
    public static let maxRetries = Setting.integer(
        "ORCHESTRATOR_MAX_RETRY_ATTEMPTS", default: 3, in: 0...1000,
        "Retries of a task that says nothing else; 0: none.")
    public static let retryDelays = Setting.delays(
        "ORCHESTRATOR_RETRY_DELAYS", default: "10,30,90",
        "Seconds before each retry, the last repeats; empty: they grow by the base below.")
    public static let retryBackoffBase = Setting.number(
        "ORCHESTRATOR_RETRY_BACKOFF_BASE", default: "2", in: 1...100,
        "Factor from one delay to the next when no delays are set; the first is 1 s.")
    public static let transientPatterns = Setting.list(
        "ORCHESTRATOR_TRANSIENT_PATTERNS",
        default: "connection,timeout,unavailable,temporary,network,refused,unreachable,no route,connection reset,"
            + "broken pipe,node not found,node offline",
        emptyIsValue: true, "Parts of an error's text that make it worth a retry.")
    public static let permanentPatterns = Setting.list(
        "ORCHESTRATOR_PERMANENT_PATTERNS",
        default: "validation,invalid,not found,unauthorized,forbidden,bad request,malformed,missing required",
        emptyIsValue: true, "Parts of an error's text that make a retry useless; looked for first.")
    public static let taskTimeout = Setting.seconds(
        "ORCHESTRATOR_TASK_TIMEOUT_DEFAULT", default: "300", in: 0.001...31_536_000,
        "Time limit of a task that says nothing else.")
    public static let lossPatience = Setting.seconds(
        "ORCHESTRATOR_LOSS_PATIENCE", default: "60", in: 0.001...86_400,
        "How long a lane reads on before a task whose executor holds it and is silent counts as lost.")
    public static let retryDepthLimit = Setting.integer(
        "ORCHESTRATOR_RETRY_DEPTH_LIMIT", default: 10, in: 0...1000,
        "How many stage retries may follow from one another.")
    public static let metricsPort = Setting.integer(
        "ORCHESTRATOR_METRICS_PORT", default: 9090, in: 0...65535,
        "Port of /metrics and /health; 0 picks a free one.")
    public static let metricsEnabled = Setting.flag(
        "ORCHESTRATOR_METRICS_ENABLED", default: true, "Whether that port is opened.")
    public static let metricsAddress = Setting.text(
        "ORCHESTRATOR_METRICS_ADDRESS", default: "0.0.0.0",
        "The address, in digits, that this port is opened on; 127.0.0.1 for this machine alone.")

    static let groups: [SettingsTable.Group] = [
        SettingsTable.Group(
            title: "Orchestrator",
            settings: [
                autoOffsetReset.declaration, consumers.declaration, cacheBytes.declaration, runEvents.declaration,
                CourierSettings.tokenKey.declaration, metricsPort.declaration, metricsEnabled.declaration,
                metricsAddress.declaration,
            ]),
        judging,
    ]

    /// What a flow gets where it says nothing itself: for every program that judges flows.
    static let judging = SettingsTable.Group(
        title: "Tasks and retries",
        settings: [
            maxRetries.declaration, retryDelays.declaration, retryBackoffBase.declaration,
            transientPatterns.declaration, permanentPatterns.declaration, taskTimeout.declaration,
            lossPatience.declaration, retryDepthLimit.declaration,
        ])
}

extension SettingsTable {
    public static let orchestrator = SettingsTable(
        program: "flowfleet-orchestrator",
        sentence: "Takes requests and results from Kafka, decides what follows, records it, and publishes the work.",
        groups: ConnectionSettings.groups + OrchestratorSettings.groups)
}
