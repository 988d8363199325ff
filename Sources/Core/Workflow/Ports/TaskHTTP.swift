/// One request of the `http` handler.
public struct HTTPCall: Sendable {
    public var method: String
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// For all of it, from the first packet to the last.
    public var timeoutMilliseconds: Int

    public init(
        method: String, url: String, headers: [(name: String, value: String)], body: [UInt8], timeoutMilliseconds: Int
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

/// What came back, whatever the status. Names of headers are in lower case; redirects are not followed.
public struct HTTPReply: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why nothing came back.
public enum HTTPCallError: Error, Sendable, Equatable {
    /// No connection, or it broke: another try may go better.
    case unreachable(String)
    case timedOut
    case tooLarge
    /// The request may not or cannot be made: a bad URL, a scheme or an address that is not allowed.
    case refused(String)
    case cancelled
}

/// Makes HTTP calls. Ends early with `cancelled` when the Swift task it is called in is cancelled.
public protocol HTTPCaller: Sendable {
    func call(_ call: HTTPCall) async throws(HTTPCallError) -> HTTPReply
}
