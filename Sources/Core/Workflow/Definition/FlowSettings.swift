/// What a flow gets where it says nothing itself, and which pools there are; from the settings of the program that
/// judges flows.
public struct FlowSettings: Sendable, Equatable {
    /// Pools a task may name; nil for any.
    public var pools: Set<Identifier>?
    public var retry: RetryPolicy
    public var taskTimeoutSeconds: Double
    public var patterns: ErrorPatterns

    public init(
        pools: Set<Identifier>? = ["default"], retry: RetryPolicy = RetryPolicy(), taskTimeoutSeconds: Double = 300,
        patterns: ErrorPatterns = ErrorPatterns()
    ) {
        self.pools = pools
        self.retry = retry
        self.taskTimeoutSeconds = taskTimeoutSeconds
        self.patterns = patterns
    }

    /// The same without a look at pools: for definitions that were accepted before, whatever pools there were then.
    public var anyPool: FlowSettings {
        var settings = self
        settings.pools = nil
        return settings
    }
}
