public import Platform
public import Workflow

extension FlowSettings {
    /// The defaults that every program that judges flows gets from the same settings.
    public init(_ settings: Settings) {
        let retry = RetryPolicy(
            maxRetries: settings[OrchestratorSettings.maxRetries],
            delays: settings[OrchestratorSettings.retryDelays].map(Self.microseconds),
            base: settings[OrchestratorSettings.retryBackoffBase])
        self.init(
            pools: Set(settings[ConnectionSettings.pools].map { Identifier($0) }), retry: retry,
            taskTimeoutSeconds: Double(Self.microseconds(settings[OrchestratorSettings.taskTimeout])) / 1_000_000,
            patterns: ErrorPatterns(
                permanent: settings[OrchestratorSettings.permanentPatterns],
                transient: settings[OrchestratorSettings.transientPatterns]))
    }

    private static func microseconds(_ time: Duration) -> Microseconds {
        time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000
    }
}
