/// Settings by which the command line finds its gateway.
public enum ClientSettings {
    public static let url = Setting.optionalURL(
        "FLOWFLEET_URL", schemes: ["http", "https"],
        "Where the gateway answers; unset: as the profile says, else http://127.0.0.1:8080.")
    public static let key = Setting.optionalText("FLOWFLEET_KEY", secret: true, "The key for the gateway's API.")
    public static let profile = Setting.optionalText(
        "FLOWFLEET_PROFILE", "The profile to use where neither --profile nor FLOWFLEET_URL says where to go.")
    public static let profiles = Setting.optionalText(
        "FLOWFLEET_PROFILES", "The file of the profiles; unset: flowfleet/profiles.json below ~/.config.")

    static let groups: [SettingsTable.Group] = [
        SettingsTable.Group(
            title: "Gateway",
            settings: [url.declaration, key.declaration, profile.declaration, profiles.declaration])
    ]
}

extension SettingsTable {
    /// What commands need that ask the gateway, and nothing else that could be wrong.
    public static let client = SettingsTable(
        program: "flowfleet", sentence: "The command line, as far as it asks the gateway.",
        groups: ClientSettings.groups)
}
