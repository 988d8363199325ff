public import Workflow

/// The contract's topic names behind the installation's prefix.
public struct TopicNames: Sendable {
    public let prefix: String

    public init(prefix: String) { self.prefix = prefix }

    public var flowRuns: String { prefix + "flow_runs" }
    public var taskDone: String { prefix + "task_done" }
    public var taskFailed: String { prefix + "task_failed" }
    public var deadLetters: String { prefix + "dead_letter_queue" }
    public var runEvents: String { prefix + "run_events" }

    public func taskQueue(pool: String) -> String {
        prefix + (pool == "default" ? "task_queue" : "task_queue." + pool)
    }

    public func name(of topic: OutTopic) -> String {
        switch topic {
        case .flowRuns: flowRuns
        case .taskDone: taskDone
        case .taskFailed: taskFailed
        case .deadLetters: deadLetters
        case .runEvents: runEvents
        case .taskQueue(let pool): taskQueue(pool: "\(pool)")
        }
    }

    public func name(of topic: InputTopic) -> String {
        switch topic {
        case .flowRuns: flowRuns
        case .taskDone: taskDone
        case .taskFailed: taskFailed
        }
    }

    /// What a stored outbox row means; only topics a lane posts to.
    func posted(_ name: String) -> OutTopic? {
        switch name {
        case "flow_runs": .flowRuns
        case "task_done": .taskDone
        case "task_failed": .taskFailed
        case "dead_letter_queue": .deadLetters
        default: nil
        }
    }

    /// The name an outbox row keeps: without the prefix.
    static func stored(_ topic: OutTopic) -> String { TopicNames(prefix: "").name(of: topic) }
}
