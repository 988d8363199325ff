/// Settings that only the retry worker reads.
public enum RetryWorkerSettings {
    public static let pollInterval = Setting.seconds(
        "RETRY_WORKER_POLL_INTERVAL", default: "5", in: 0.01...3600,
        "The longest sleep; it wakes by itself when a retry is due, however long this is.")
    public static let batch = Setting.integer(
        "RETRY_WORKER_BATCH", default: 1000, in: 1...10_000, "Retries that are claimed and published together.")
    public static let overdue = Setting.seconds(
        "RETRY_WORKER_OVERDUE", default: "60", in: 1...31_536_000,
        "A retry later than this counts as left over from a downtime: it is published at the rate below.")
    public static let rate = Setting.integer(
        "RETRY_WORKER_RATE", default: 1000, in: 1...1_000_000,
        "Overdue retries that this process publishes in a second; punctual ones go first and have no limit.")
    public static let metricsPort = Setting.integer(
        "RETRY_WORKER_METRICS_PORT", default: 9092, in: 0...65535,
        "Port of /metrics and /health; 0 picks a free one.")

    public static let breakerOff = Setting.list(
        "RETRY_WORKER_BREAKER_OFF", default: "", emptyIsValue: true,
        "Handlers without a circuit breaker; * means all of them.")
    public static let breakerRatio = Setting.number(
        "RETRY_WORKER_BREAKER_RATIO", default: "0.5", in: 0.01...1,
        "Share of failed attempts in the window that opens a breaker.")
    public static let breakerMinimum = Setting.integer(
        "RETRY_WORKER_BREAKER_MINIMUM", default: 20, in: 1...1_000_000,
        "No fewer failed attempts in the window than this open a breaker.")
    public static let breakerWindow = Setting.seconds(
        "RETRY_WORKER_BREAKER_WINDOW", default: "60", in: 2...3000, "How far back attempts count.")
    public static let breakerRest = Setting.seconds(
        "RETRY_WORKER_BREAKER_REST", default: "30", in: 0.1...86_400,
        "How long a breaker stays open before canaries go; doubled with each further opening, up to 600 s.")
    public static let breakerCanaries = Setting.integer(
        "RETRY_WORKER_BREAKER_CANARIES", default: 3, in: 1...1000,
        "Retries in the first wave; each further wave has four times as many.")
    public static let breakerPatience = Setting.seconds(
        "RETRY_WORKER_BREAKER_PATIENCE", default: "60", in: 0.1...86_400,
        "A wave that has not answered in full by then is judged by what has come.")

    static let groups: [SettingsTable.Group] = [
        SettingsTable.Group(
            title: "Retry worker",
            settings: [
                pollInterval.declaration, batch.declaration, overdue.declaration, rate.declaration,
                metricsPort.declaration, OrchestratorSettings.metricsEnabled.declaration,
                OrchestratorSettings.metricsAddress.declaration,
            ]),
        SettingsTable.Group(
            title: "Circuit breaker",
            settings: [
                breakerOff.declaration, breakerRatio.declaration, breakerMinimum.declaration,
                breakerWindow.declaration, breakerRest.declaration, breakerCanaries.declaration,
                breakerPatience.declaration,
            ]),
    ]
}

extension SettingsTable {
    public static let retryWorker = SettingsTable(
        program: "flowfleet-retry-worker",
        sentence: "Puts due retries back on the task queue, and holds back those of handlers that keep failing.",
        groups: ConnectionSettings.groups + RetryWorkerSettings.groups)
}
