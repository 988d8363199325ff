import JSON

/// The sizes every program keeps to; contracts §1 and §2 name them.
public enum Limits {
    /// Input, inputs, output or context of a run or task, in bytes of JSON text.
    public static let payloadBytes = 900 * 1024
    /// Arrays and objects inside each other, in any payload or definition.
    public static let depth = JSONLimits.standard.maxDepth
    /// Payloads in the rows of one turn: more waits for the next.
    public static let turnRowBytes = 32 * 1024 * 1024
    /// Inputs and context of all tasks of a run that become ready at one time: they wait in memory to be published.
    public static let releasedBytes = 256 * 1024 * 1024
    /// Tasks that go out together in one message, the first included.
    public static let segmentTasks = 32
    /// What a message says of the tasks behind its first, with what they read; more of them wait for their own message.
    public static let segmentBytes = 256 * 1024
    /// A flow definition, in bytes of JSON text.
    public static let definitionBytes = 1024 * 1024
    /// A record on any topic; `admin topics` sets the same number as `max.message.bytes`.
    public static let messageBytes = 4 * 1024 * 1024
    /// What a dead letter keeps of a record nobody could read: base64 of more would not fit a message.
    public static let quarantinedBytes = 2 * 1024 * 1024
    /// An error text, cut behind the last whole character.
    public static let errorBytes = 16 * 1024
}

/// Unix time, or a span of it, in microseconds: what Postgres keeps.
public typealias Microseconds = Int64
