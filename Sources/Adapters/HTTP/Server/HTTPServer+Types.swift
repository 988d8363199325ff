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

    /// A method and a path to the code that answers. Called on the server's threads, several at once: keep it short.
    public struct Route: Sendable {
        let method: String
        let parts: [Substring]
        let answer: @Sendable (Request) -> Response

        /// - `path`: such as `/v1/runs/{id}`; `{id}` takes one part, found in `pathValues`.
        public init(_ method: String, _ path: String, _ answer: @escaping @Sendable (Request) -> Response) {
            self.method = method
            parts = path.split(separator: "/", omittingEmptySubsequences: false)
            self.answer = answer
        }
    }

    /// Everything that somebody could use up; reaching one refuses that request or connection, never the process.
    public struct Limits: Sendable {
        public var threads = 1
        public var connections = 256
        public var connectionsPerAddress = 64
        /// A connection without traffic is closed after this.
        public var idle: Duration = .seconds(15)
        /// For request line and headers.
        public var memoryPerConnection = 32 << 10
        public var bodyBytes = 1 << 20

        public init() {}
    }
}

/// Why a server could not start.
public struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    public let description: String
}
