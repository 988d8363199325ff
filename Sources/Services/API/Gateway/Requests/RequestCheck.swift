import HTTP
import Platform
import Workflow

/// What can be said of a request before anybody looks at what it is about. Pure.
enum RequestCheck {
    static func check(_ request: HTTPServer.Request, _ route: APIRoute, needsKeys: Bool) throws(Problem) {
        if !needsKeys { try checkOrigin(request) }
        try checkParameters(request, route)
        try checkBody(request, route)
    }

    /// Without keys whoever reaches the address may do everything. A page in somebody's browser reaches it too: by a
    /// name that was turned to loopback, or from another site.
    private static func checkOrigin(_ request: HTTPServer.Request) throws(Problem) {
        guard let host = request.headers["Host"] else { return }
        guard isLoopback(host) else {
            throw Problem(403, "host_refused", "without keys the gateway answers to localhost only")
        }
        guard let origin = request.headers["Origin"], request.method != "GET" else { return }
        guard origin == "http://\(host)" else {
            throw Problem(403, "origin_refused", "without keys the gateway takes no requests from other sites")
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        let name: Substring =
            host.hasPrefix("[") ? host.prefix { $0 != "]" }.dropFirst() : host.prefix { $0 != ":" }
        return ListenPoint.isLoopback(name) || name.isEmpty
    }

    private static func checkParameters(_ request: HTTPServer.Request, _ route: APIRoute) throws(Problem) {
        guard !request.parameters.isEmpty else { return }
        var seen: Set<String> = []
        for given in request.parameters {
            guard let known = route.parameters.first(where: { $0.name == given.name }) else {
                let nearest = NearestName.find(given.name, among: route.parameters.map(\.name))
                let name = String(given.name.prefix(100))
                throw .parameter(name, "is no parameter here" + (nearest.map { "; did you mean \($0)?" } ?? ""))
            }
            guard seen.insert(given.name).inserted || known.repeats else {
                throw .parameter(given.name, "is given twice")
            }
            if let wrong = known.fault(given.value) { throw .parameter(given.name, wrong) }
        }
    }

    private static func checkBody(_ request: HTTPServer.Request, _ route: APIRoute) throws(Problem) {
        guard !request.body.isEmpty else {
            guard case .required = route.body else { return }
            throw Problem(400, "malformed_json", "the body is empty; it must be a JSON object")
        }
        if case .none = route.body {
            throw Problem(400, "body_refused", "this route takes no body")
        }
        let type = request.headers["Content-Type"]?.prefix { $0 != ";" }.lowercased() ?? ""
        guard bodyTypes.contains(type.filter { $0 != " " }) else {
            throw Problem(415, "not_json", "the body must be sent with Content-Type: application/json")
        }
    }

    /// JSON; none; and what curl says of its own accord. Pages of other sites are refused by their origin.
    private static let bodyTypes: Set = ["application/json", "", "application/x-www-form-urlencoded"]
}

extension APIParameter {
    /// What is wrong with a value; nil when nothing is.
    func fault(_ value: String) -> String? {
        switch kind {
        case .id: RequestDraft.isID(value) ? nil : "must have 1 to 255 bytes without control characters"
        case .text: value.utf8.count <= 1_024 && !value.utf8.contains(0) ? nil : "is too long, or holds a zero byte"
        case .integer(let range):
            Int(value).map { range.contains($0) } ?? false
                ? nil : "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words): words.contains(value) ? nil : "must be one of \(words.joined(separator: ", "))"
        case .flag: ["true", "false"].contains(value) ? nil : "must be true or false"
        case .time:
            Timestamp.parse(Array(value.utf8)[...]) != nil ? nil : "must be a time such as 2026-11-21T10:00:00Z"
        }
    }
}
