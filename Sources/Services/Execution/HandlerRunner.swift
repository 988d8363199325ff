/// A handler's end, with the number its start was given.
public struct HandlerCompletion: Sendable {
    public let id: Int
    public let outcome: HandlerOutcome

    public init(id: Int, outcome: HandlerOutcome) {
        self.id = id
        self.outcome = outcome
    }
}

/// Where handlers run that need a thread. The executor's thread makes all calls; none may wait.
public protocol HandlerRunner: AnyObject {
    /// Starts a handler. Exactly one completion follows, also after `cancel`.
    func start(_ id: Int, _ handler: any Handler, _ input: HandlerInput)

    /// Tells a handler to end early. It may not listen.
    func cancel(_ id: Int)

    /// Takes what has ended since the last call.
    func collect(into completions: inout [HandlerCompletion])
}
