public import HTTP

/// One line of the route table: what is asked for, who may, what it takes, and what answers.
///
/// The table makes the routes, checks scopes and parameters, writes the reference page, and is held against
/// `openapi.json`.
public struct APIRoute: Sendable {
    /// How an answer is made.
    public enum Work: Sendable {
        /// On a desk's thread, which may wait for Postgres.
        case desk(@Sendable (Call, Desk) throws(Problem) -> HTTPServer.Response)
        /// At once or later, without a thread of its own; must not wait.
        case gate(@Sendable (Call, Gate, Reply) throws(Problem) -> Void)
        /// On a server's thread, at once.
        case now(@Sendable (Call, Gate) throws(Problem) -> HTTPServer.Answer)
    }

    public let method: String
    /// Such as `/v1/runs/{run_id}`.
    public let path: String
    /// Nil: nobody has to say who they are.
    public let scope: Scope?
    /// One sentence for the reference page.
    public let summary: String
    public let parameters: [APIParameter]
    /// Whether it takes a JSON object, and whether it needs one.
    public let body: APIBody
    /// Who calls proves it by a signature, which is checked by what answers: nothing is said of the request before.
    public let isSigned: Bool
    public let work: Work

    public init(
        _ method: String, _ path: String, _ scope: Scope?, _ summary: String, parameters: [APIParameter] = [],
        body: APIBody = .none, isSigned: Bool = false, _ work: Work
    ) {
        self.method = method
        self.path = path
        self.scope = scope
        self.summary = summary
        self.parameters = parameters
        self.body = body
        self.isSigned = isSigned
        self.work = work
    }

    /// How many seconds the call may be kept waiting because it asked to be.
    func wait(of request: HTTPServer.Request) -> Int {
        guard parameters.contains(where: { $0.name == "wait" }) else { return 0 }
        return request.parameter("wait").flatMap { Int($0) }.map { min(max($0, 0), 60) } ?? 0
    }

    public var isWrite: Bool { method != "GET" }
    /// Names the route in metrics and for kept answers.
    public var name: String { method + " " + path }
}

public enum APIBody: Sendable {
    case none, optional, required
}

/// A parameter behind the `?`: what it may be is checked before the route is asked.
public struct APIParameter: Sendable {
    public enum Kind: Sendable, Equatable {
        case id
        case text
        case integer(ClosedRange<Int>)
        case choice([String])
        case flag
        /// RFC 3339.
        case time
    }

    public let name: String
    public let kind: Kind
    public let summary: String
    public var repeats = false

    public init(_ name: String, _ kind: Kind, _ summary: String, repeats: Bool = false) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.repeats = repeats
    }

    static let limit = APIParameter("limit", .integer(1...200), "how many at most (default 50)")
    static let cursor = APIParameter("cursor", .text, "`next_cursor` of the page before")
    static let wait = APIParameter("wait", .integer(0...60), "seconds to wait for the end (default 0)")
    static let reason = APIParameter("reason", .text, "why; kept in the audit log")
}
