/// How long anything with Redis may take, and how much may wait for it.
public struct RedisLimits: Sendable {
    public var connect = Duration.milliseconds(1000)
    /// For the answers of a call, and for the oldest posted command without an answer.
    public var answer = Duration.milliseconds(2000)
    /// Wait before the first new attempt after a loss; it doubles with each further one.
    public var firstWait = Duration.milliseconds(50)
    public var longestWait = Duration.seconds(5)
    /// Posted commands without an answer, and their bytes that are not yet written.
    public var postedCommands = 10_000
    public var postedBytes = 8 << 20

    public init() {}
}
