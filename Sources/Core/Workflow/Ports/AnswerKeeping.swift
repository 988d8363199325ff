/// Keeps the answers to requests that carry an `Idempotency-Key`, so that the same request again gets the same answer.
public protocol AnswerKeeping: AnyObject {
    /// Takes the name for a request, or tells what became of an earlier one under it.
    /// - `seed`: kept with a name that is taken for the first time.
    /// - `seconds`: until then the name is taken; afterwards whoever had it is taken for dead.
    func claim(
        _ name: AnswerName, bodyHash: [UInt8], seed: String, seconds: Int
    ) throws(AccessFailure) -> AnswerClaim

    /// The answer, for 24 hours from the claim on.
    func keep(_ answer: KeptAnswer, as name: AnswerName) throws(AccessFailure)

    /// Nothing was done; whoever comes next begins anew.
    func release(_ name: AnswerName) throws(AccessFailure)

    /// Removes what is older than 24 hours; how many there were, at most 10,000.
    func sweep() throws(AccessFailure) -> Int
}

/// Whose key, on which route.
public struct AnswerName: Sendable, Hashable {
    public var caller: String
    public var route: String
    public var key: String

    public init(caller: String, route: String, key: String) {
        self.caller = caller
        self.route = route
        self.key = key
    }
}

public struct KeptAnswer: Sendable, Equatable {
    public var status: Int
    /// `Name: value`, one a line.
    public var headers: String
    public var body: [UInt8]

    public init(status: Int, headers: String, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// What came of claiming a name.
public enum AnswerClaim: Sendable, Equatable {
    /// Ours to do. The seed is that of the first who claimed it: ids made from it are the same at each try.
    case ours(seed: String)
    case answered(KeptAnswer)
    /// The name stands for another body.
    case otherBody
    /// Somebody is at it now.
    case busy
}
