extension SettingsTable {
    /// The command line reads what it needs to reach the services and to judge a flow as the orchestrator would.
    public static let commandLine = SettingsTable(
        program: "flowfleet",
        sentence: "The command line: registers flows, starts and shows runs, looks after the fleet.",
        groups: ConnectionSettings.groups + OrchestratorSettings.groups)
}
