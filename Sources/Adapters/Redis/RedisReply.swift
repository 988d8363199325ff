/// What Redis answered to one command.
public enum RedisReply: Equatable, Sendable {
    case status(String)
    case bytes([UInt8])
    case integer(Int)
    case null
    case array([RedisReply])
    /// The server's words for refusing this one command, such as `WRONGTYPE …`; the connection is fine.
    case error(String)

    public var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    public var array: [RedisReply]? { if case .array(let replies) = self { replies } else { nil } }
    public var error: String? { if case .error(let message) = self { message } else { nil } }
}

/// What came of a call.
public enum RedisAnswer: Sendable {
    /// One reply for each command of the batch, in order.
    case replies([RedisReply])
    /// Redis is not there. An ordinary state: the commands may or may not have been carried out.
    case unavailable(RedisError)

    public var replies: [RedisReply]? { if case .replies(let replies) = self { replies } else { nil } }
}
