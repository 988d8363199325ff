import Platform

/// Where the gateway is, and with which key it is asked: both from one source, so that no key goes to a place that it
/// was not meant for.
///
/// `--profile` wins, then `FLOWFLEET_URL` with `FLOWFLEET_KEY`, then `FLOWFLEET_PROFILE`, then the profile in use. A
/// profile without a key takes `FLOWFLEET_KEY`.
struct APIPlace: Equatable {
    let url: String
    let key: String?
    /// What to look at when nobody answers there.
    let advice: String

    static let defaultURL = "http://127.0.0.1:8080"

    init(url: String, key: String?, advice: String) {
        self.url = url.last == "/" ? String(url.dropLast()) : url
        self.key = key
        self.advice = advice
    }

    init(_ call: Invocation) throws(CommandFailure) {
        let settings = try call.clientSettings
        let (url, key) = (settings[ClientSettings.url], settings[ClientSettings.key])
        if let url, call.values.text("profile") == nil {
            self.init(url: url, key: key, advice: "FLOWFLEET_URL says where it is")
            return
        }
        let file = ProfileFile(call.environment, settings)
        let profiles = try file.read()
        guard let name = call.values.text("profile") ?? settings[ClientSettings.profile] ?? profiles.current else {
            self.init(url: Self.defaultURL, key: key, advice: "FLOWFLEET_URL or --profile says where it is")
            return
        }
        guard let profile = profiles.named(name) else { throw .noProfile(name, file.path) }
        self.init(
            url: profile.url, key: try profile.secret ?? key,
            advice: "the profile \(name) of \(file.path) says where it is")
    }
}

extension Invocation {
    var clientSettings: Settings {
        get throws(CommandFailure) {
            do throws(SettingsProblems) {
                return try Settings(.client, environment: environment)
            } catch {
                throw CommandFailure(.badSettings, "settings are wrong", details: error.all.map(\.text))
            }
        }
    }
}

extension CommandFailure {
    static func noProfile(_ name: String, _ path: String) -> CommandFailure {
        CommandFailure(
            .badSettings, "there is no profile \(name) in \(path)",
            advice: "flowfleet profile list shows them; flowfleet profile set \(name) --url URL makes one")
    }
}
