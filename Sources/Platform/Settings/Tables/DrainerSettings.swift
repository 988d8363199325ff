/// Settings that only the drainer reads.
public enum DrainerSettings {
    public static let consumerGroup = Setting.text(
        "DRAINER_CONSUMER_GROUP", default: "dead-letter-drainers", "Consumer group of the drainers.")
    public static let metricsPort = Setting.integer(
        "DRAINER_METRICS_PORT", default: 9093, in: 0...65535, "Port of /metrics and /health; 0 picks a free one.")

    static let groups: [SettingsTable.Group] = [
        SettingsTable.Group(
            title: "Drainer",
            settings: [
                consumerGroup.declaration, metricsPort.declaration, OrchestratorSettings.metricsEnabled.declaration,
                OrchestratorSettings.metricsAddress.declaration,
            ])
    ]
}

extension SettingsTable {
    public static let drainer = SettingsTable(
        program: "flowfleet-drainer",
        sentence:
            "Moves dead letters from Kafka into Postgres, counts them by fingerprint, and runs redrive campaigns.",
        groups: ConnectionSettings.groups + DrainerSettings.groups)
}
