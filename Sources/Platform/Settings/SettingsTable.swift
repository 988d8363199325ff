/// The settings of one program: what it reads, in the order in which people read about it.
public struct SettingsTable: Sendable {
    public struct Group: Sendable {
        public let title: String
        public let settings: [SettingDeclaration]
    }

    public let program: String
    /// What the program does, in one sentence.
    public let sentence: String
    public let groups: [Group]

    public var settings: [SettingDeclaration] { groups.flatMap(\.settings) }

    /// Every table there is; for names that are unknown in one program, but known in another.
    public static let all: [SettingsTable] = [
        .orchestrator, .executor, .retryWorker, .drainer, .gateway, .courier, .commandLine,
    ]

    /// Names of any program, so that one environment can serve them all without warnings.
    static let knownNames: Set<String> = {
        let settings = all.flatMap(\.settings)
        return Set(settings.map(\.name) + settings.filter(\.isSecret).map { $0.name + "_FILE" })
    }()

    /// Names that begin like ours and have to be known.
    static let prefixes = ["ORCHESTRATOR_", "EXECUTOR_", "RETRY_WORKER_", "DRAINER_", "GATEWAY_", "COURIER_"]
}
