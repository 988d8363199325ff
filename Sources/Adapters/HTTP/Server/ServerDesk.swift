internal import Platform

/// Where the library's callbacks meet our routes: takes requests in, counts them, answers.
final class ServerDesk: Sendable {
    private let router: Router
    let bodyLimit: Int
    let bodies: BodyRoom
    let arrivals: Arrivals
    let resting = RestingConnections()
    private let underWay = Monitor(0)

    /// What the server itself says: status and code to an answer.
    let problem: @Sendable (Int, String) -> HTTPServer.Response

    init(
        _ router: Router, _ limits: HTTPServer.Limits,
        problem: @escaping @Sendable (Int, String) -> HTTPServer.Response
    ) {
        self.problem = problem
        self.router = router
        bodyLimit = limits.bodyBytes
        bodies = BodyRoom(limit: limits.allBodiesBytes)
        arrivals = Arrivals(limit: limits.receive, connections: limits.connections)
    }

    func begin() { underWay.update { $0 += 1 } }
    func end() { underWay.update { $0 -= 1 } }

    func waitUntilIdle(within limit: Duration) -> Bool {
        underWay.wait(within: limit) { $0 == 0 ? true : nil } ?? false
    }

    func answer(_ request: HTTPServer.Request) -> HTTPServer.Answer {
        switch router.match(method: request.method, path: request.path) {
        case .route(let route, let values):
            var request = request
            request.pathValues = values
            return route.answer(request)
        case .otherMethods(let methods):
            var response = problem(405, "method_not_allowed")
            response.headers.add("Allow", methods.joined(separator: ", "))
            return .now(response)
        case .none:
            return .now(problem(404, "not_found"))
        }
    }

    static func problem(_ status: Int, _ code: String) -> HTTPServer.Response {
        HTTPServer.Response(
            status, headers: ["Content-Type": "application/problem+json"],
            body: Array("{\"status\":\(status),\"code\":\"\(code)\"}\n".utf8))
    }
}
