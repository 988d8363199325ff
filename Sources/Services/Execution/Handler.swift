public import JSON
public import Workflow

/// What a handler is given: one attempt of one task.
public struct HandlerInput: Sendable {
    public let message: TaskMessage

    let progress: HandlerProgress?

    /// - `progress`: where its handler may say how far it is.
    public init(_ message: TaskMessage, _ progress: HandlerProgress? = nil) {
        self.message = message
        self.progress = progress
    }

    public var runID: Bytes { message.runID }
    public var taskID: Bytes { message.taskID }
    /// 0 for the first try.
    public var attempt: Int { message.attempt ?? 0 }
    public var inputs: JSONValue { message.inputs }
    /// The run's execution context; nil when it has none.
    public var context: JSONValue? { message.context }
    /// The same for every attempt of a task: give it to services that can tell a repeated call by it.
    public var idempotencyKey: Bytes { message.idempotencyKey ?? message.runID + [UInt8(ascii: "/")] + message.taskID }
}

/// How an attempt ended. An output is a value that was validated, or made by a writer.
public enum HandlerOutcome: Sendable {
    case succeeded(JSONValue)
    /// Usable, but not complete.
    case degraded(JSONValue)
    case failed(ReportedFailure)

    var name: String {
        switch self {
        case .succeeded: "succeeded"
        case .degraded: "degraded"
        case .failed: "failed"
        }
    }
}

/// What a handler can say without running: most need a place to run, some know the answer or when they will.
public enum HandlerAnswer: Sendable {
    case now(HandlerOutcome)
    /// The outcome, once this many milliseconds have passed. Takes a slot, but no thread; ends early when cancelled.
    case later(milliseconds: Int, HandlerOutcome)
    /// `run` has to be called.
    case run
}

/// Does the tasks that name it. One value serves all of them at once.
public protocol Handler: Sendable {
    /// Called on the executor's own thread: must be quick and never wait. Without one, every task is `run`.
    func answer(_ input: HandlerInput) -> HandlerAnswer

    /// Called off the executor's thread, in a Swift task that is cancelled at the task's time limit or when its run is
    /// cancelled. Anything thrown is a failure whose text decides its class.
    func run(_ input: HandlerInput) async throws -> HandlerOutcome
}

extension Handler {
    public func answer(_ input: HandlerInput) -> HandlerAnswer { .run }

    public func run(_ input: HandlerInput) async throws -> HandlerOutcome {
        .failed(ReportedFailure("the handler has nothing to run", .permanent))
    }
}

/// The handlers of a process by name.
public struct HandlerRegistry: Sendable {
    private var handlers: [Identifier: any Handler] = [:]

    public init() {}

    public mutating func add(_ name: Identifier, _ handler: any Handler) {
        handlers[name] = handler
    }

    public subscript(_ name: Identifier) -> (any Handler)? { handlers[name] }

    /// All names in order, for whoever asked for one that is not there.
    public var names: [String] { handlers.keys.sorted().map(\.description) }
}
