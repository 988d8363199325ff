import JSON

/// What a task that failed for good does to its run.
public enum OnFailure: String, Sendable, CaseIterable {
    /// Its descendants are skipped and the run ends failed.
    case fail
    /// Its partial output or null stands in for an output; the run can still complete, marked as degraded.
    case degrade
}

/// A task's path into an ancestor's output that must lead to something other than null.
public struct Requirement: Sendable, Equatable {
    public let task: Int
    public let path: [PathStep]
    /// As written: `ID.path`.
    public let text: String
}

/// One task of a compiled flow, shared by all its runs. Other tasks are named by their places in the definition.
public final class FlowTask: Sendable {
    public let id: Identifier
    public let handler: Identifier
    public let pool: Identifier
    /// Without repetitions, in the order of the text.
    public let dependsOn: [Int]
    public let dependents: [Int]
    /// Its place in ``Flow/order``.
    public let stageOrder: Int
    /// Nil: the run's input and the outputs of its dependencies.
    public let inputs: Template?
    public let timeoutSeconds: Double
    /// Task over flow over settings.
    public let retry: RetryPolicy
    public let onFailure: OnFailure
    public let requires: [Requirement]
    /// The dependency whose output it judges.
    public let validates: Int?
    /// Whether it may be run back to back with its neighbours.
    public let segment: Bool
    /// The tasks whose outputs its inputs and requirements look at.
    public let readsOutputOf: [Int]

    /// Its members of a task message that are the same in every run: written once.
    let envelope: [UInt8]

    init(
        id: Identifier, handler: Identifier, pool: Identifier, dependsOn: [Int], dependents: [Int], stageOrder: Int,
        inputs: Template?, timeoutSeconds: Double, retry: RetryPolicy, onFailure: OnFailure, requires: [Requirement],
        validates: Int?, segment: Bool, readsOutputOf: [Int]
    ) {
        self.id = id
        self.handler = handler
        self.pool = pool
        self.dependsOn = dependsOn
        self.dependents = dependents
        self.stageOrder = stageOrder
        self.inputs = inputs
        self.timeoutSeconds = timeoutSeconds
        self.retry = retry
        self.onFailure = onFailure
        self.requires = requires
        self.validates = validates
        self.segment = segment
        self.readsOutputOf = readsOutputOf
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("task_id", string: id.bytes)
        writer.member("handler", string: handler.bytes)
        writer.member("max_retries", int: retry.maxRetries)
        writer.key("timeout")
        writer.seconds(timeoutSeconds)
        envelope = Array(writer.bytes.dropFirst())
    }

    public var maxRetries: Int { retry.maxRetries }
    /// Its time limit, as spans are counted.
    public var limit: Microseconds { Microseconds(min(timeoutSeconds, 1e12) * 1_000_000) }
}
