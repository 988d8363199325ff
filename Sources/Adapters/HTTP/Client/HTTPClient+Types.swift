extension HTTPClient {
    public struct Request: Sendable {
        public var method: String
        public var url: String
        public var headers: HTTPHeaders
        /// Nil: none. An empty one is sent as a body of length 0.
        public var body: [UInt8]?
        /// For the whole call.
        public var limit: Duration

        public init(
            _ method: String, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil,
            limit: Duration = .seconds(30)
        ) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
            self.limit = limit
        }
    }

    public struct Response: Sendable {
        public let status: Int
        public let headers: HTTPHeaders
        public let body: [UInt8]
    }

    public struct Limits: Sendable {
        /// To connect, TLS included; the request's own limit counts too.
        public var connect: Duration = .seconds(10)
        public var responseBytes = 8 << 20
        /// A longer response is cut there and counts; otherwise it is an error.
        public var cutsResponses = false
        public var headerLines = 200
        /// Idle connections that are kept for the next call.
        public var idleConnections = 16
        /// Names with the addresses that they have, as libcurl writes them (`name:port:address,address`); for tests.
        var hosts: [String] = []

        public init() {}
    }
}

/// Why a call has no response. Any status is a response, not an error.
public struct HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A limit of time passed.
        case timeout
        /// No connection, or it broke: name not found, refused, TLS, reset, an answer that is no HTTP.
        case connection
        /// The response was larger than allowed.
        case tooLarge
        /// The address is one that the policy does not allow.
        case denied
        /// Not an http or https URL, or a method or header that cannot be sent.
        case badRequest
        /// The caller's flag was raised.
        case cancelled
    }

    public let code: Code
    /// One sentence without the URL's user and password, headers or bodies.
    public let message: String

    public var description: String { message }
}
