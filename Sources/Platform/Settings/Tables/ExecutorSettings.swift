/// Settings that only the executor reads.
public enum ExecutorSettings {
    /// Whether the `http` handler may call private addresses.
    public enum PrivateAddresses: String, Sendable, CaseIterable {
        case allow, deny
    }

    public static let slots = Setting.integer(
        "EXECUTOR_SLOTS", default: 64, in: 1...10_000, "Tasks that may run at once.")
    public static let pools = Setting.list(
        "EXECUTOR_POOLS", default: "default", "Pools whose tasks are taken.")
    public static let shutdownGrace = Setting.seconds(
        "EXECUTOR_SHUTDOWN_GRACE", default: "30", in: 0...3600,
        "How long running tasks may go on after a stop was asked for.")
    public static let holdAfter = Setting.seconds(
        "EXECUTOR_HOLD_AFTER", default: "30", in: 0.1...3600,
        "After so long the lane is told that a task takes long, and again each time so long has passed.")
    public static let cancelGrace = Setting.seconds(
        "EXECUTOR_CANCEL_GRACE", default: "1", in: 0.1...60,
        "How long a handler that was told to end may take before its task goes on without it.")
    public static let httpPrivate = Setting<PrivateAddresses>.choice(
        "EXECUTOR_HTTP_PRIVATE", default: .allow,
        "Whether the http handler may call private addresses (loopback, local networks).")
    public static let execAllow = Setting.paths(
        "EXECUTOR_EXEC_ALLOW", "Programs that the exec handler may start, by their whole paths; empty: off.")
    public static let testHandlers = Setting.flag(
        "EXECUTOR_TEST_HANDLERS", default: false,
        "Adds handlers that only drills and tests need: crash, block, stubborn, flood, record.")
    public static let testLedger = Setting.optionalText(
        "EXECUTOR_TEST_LEDGER",
        "A file that gets one line for each attempt that starts, for checks outside the product.")
    public static let metricsPort = Setting.integer(
        "EXECUTOR_METRICS_PORT", default: 9091, in: 0...65535, "Port of /metrics and /health; 0 picks a free one.")

    static let groups: [SettingsTable.Group] = [
        SettingsTable.Group(
            title: "Executor",
            settings: [
                slots.declaration, pools.declaration, shutdownGrace.declaration, holdAfter.declaration,
                cancelGrace.declaration, metricsPort.declaration,
                OrchestratorSettings.metricsEnabled.declaration, OrchestratorSettings.metricsAddress.declaration,
            ]),
        SettingsTable.Group(
            title: "Handlers",
            settings: [
                httpPrivate.declaration, execAllow.declaration, testHandlers.declaration, testLedger.declaration,
            ]),
    ]
}

extension SettingsTable {
    public static let executor = SettingsTable(
        program: "flowfleet-executor",
        sentence: "Takes tasks from Kafka, runs their handlers, and publishes the results.",
        groups: ConnectionSettings.groups + ExecutorSettings.groups)
}
