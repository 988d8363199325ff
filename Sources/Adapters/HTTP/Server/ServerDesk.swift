internal import Platform

/// Where the library's callbacks meet our routes: takes requests in, counts them, answers.
final class ServerDesk: Sendable {
    private let router: Router
    let bodyLimit: Int
    private let underWay = Monitor(0)

    init(_ router: Router, bodyLimit: Int) {
        self.router = router
        self.bodyLimit = bodyLimit
    }

    func begin() { underWay.update { $0 += 1 } }
    func end() { underWay.update { $0 -= 1 } }

    func waitUntilIdle(within limit: Duration) -> Bool {
        underWay.wait(within: limit) { $0 == 0 ? true : nil } ?? false
    }

    func answer(_ request: HTTPServer.Request) -> HTTPServer.Response {
        switch router.match(method: request.method, path: request.path) {
        case .route(let route, let values):
            var request = request
            request.pathValues = values
            return route.answer(request)
        case .otherMethods(let methods):
            var response = ServerDesk.problem(405, "method_not_allowed")
            response.headers.add("Allow", methods.joined(separator: ", "))
            return response
        case .none:
            return ServerDesk.problem(404, "not_found")
        }
    }

    static func problem(_ status: Int, _ code: String) -> HTTPServer.Response {
        HTTPServer.Response(
            status, headers: ["Content-Type": "application/problem+json"],
            body: Array("{\"status\":\(status),\"code\":\"\(code)\"}\n".utf8))
    }
}

/// A request that is coming in; lives from its first callback to its last, owned by the connection.
final class IncomingRequest {
    var request: HTTPServer.Request

    init(_ request: HTTPServer.Request) { self.request = request }
}
