/// Sends requests side by side. Never waits in `send`; answers come by token, in any order, exactly one for each.
public protocol DeliverySender: AnyObject {
    /// False: too many are under way; ask again after an answer.
    func send(_ request: OutgoingRequest, token: Int) -> Bool
    /// What came back meanwhile; waits at most this long for a first one.
    func answers(wait: Microseconds) -> [SentAnswer]
}

/// An answer with how long it took.
public struct SentAnswer: Sendable, Equatable {
    public var token: Int
    public var answer: SendAnswer
    public var latency: Microseconds

    public init(token: Int, answer: SendAnswer, latency: Microseconds) {
        self.token = token
        self.answer = answer
        self.latency = latency
    }
}
