public import Platform

extension HTTPServer {
    /// One request, whole.
    public struct Request: Sendable {
        public let method: String
        /// As sent, still percent-encoded, without the parameters.
        public let path: String
        /// The decoded parts of the path that stood where the route has `{…}`, by name.
        public internal(set) var pathValues: [String: String] = [:]
        /// Decoded, in their order.
        public let parameters: [NamedValue]
        public let headers: HTTPHeaders
        public internal(set) var body: [UInt8] = []

        /// The first value of a parameter.
        public func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }
    }

    public struct Response: Sendable {
        public var status: Int
        public var headers: HTTPHeaders
        public var body: [UInt8]

        public init(_ status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        public static func json(_ status: Int, _ body: [UInt8]) -> Response {
            Response(status, headers: ["Content-Type": "application/json"], body: body)
        }

        public static func text(_ status: Int, _ text: String) -> Response {
            Response(status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: Array(text.utf8))
        }
    }

    /// How a route answers.
    public enum Answer: Sendable {
        case now(Response)
        /// The connection rests without a thread until the reply is given, from whatever thread.
        case later(@Sendable (PendingReply) -> Void)
        /// Server-sent events, until either side has had enough.
        case events(HTTPEventFeed)
    }

    /// A method and a path to the code that answers. Called on the server's threads, several at once: keep it short.
    public struct Route: Sendable {
        public let method: String
        public let path: String
        let parts: [Substring]
        let answer: @Sendable (Request) -> Answer

        /// - `path`: such as `/v1/runs/{id}`; `{id}` takes one part, found in `pathValues`.
        public init(_ method: String, _ path: String, answering: @escaping @Sendable (Request) -> Answer) {
            self.method = method
            self.path = path
            parts = path.split(separator: "/", omittingEmptySubsequences: false)
            answer = answering
        }

        public init(_ method: String, _ path: String, _ answer: @escaping @Sendable (Request) -> Response) {
            self.init(method, path, answering: { .now(answer($0)) })
        }
    }

    /// Everything that somebody could use up; reaching one refuses that request or connection, never the process.
    public struct Limits: Sendable {
        public var threads = 1
        public var connections = 256
        public var connectionsPerAddress = 256
        /// A connection without traffic is closed after this.
        public var idle: Duration = .seconds(15)
        /// For request line and headers.
        public var memoryPerConnection = 32 << 10
        public var bodyBytes = 1 << 20
        /// Of all bodies together; where they are more, requests with a body are answered 503.
        public var allBodiesBytes = 64 << 20
        /// A request that is not there whole after this, however busily it trickles in, ends its connection.
        public var receive: Duration = .seconds(20)

        public init() {}
    }
}

/// Why a server could not start.
public struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    public let description: String
}
