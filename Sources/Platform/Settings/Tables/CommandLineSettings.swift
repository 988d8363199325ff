extension SettingsTable {
    /// The command line asks the gateway; `admin` reaches the services itself, and flows are judged as an orchestrator
    /// would.
    public static let commandLine = SettingsTable(
        program: "flowfleet",
        sentence: "The command line: registers flows, starts and shows runs, looks after the fleet.",
        groups: ClientSettings.groups + ConnectionSettings.groups + OrchestratorSettings.groups)
}
