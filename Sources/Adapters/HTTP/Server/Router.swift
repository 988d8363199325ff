/// Finds the route of a request. Pure.
struct Router: Sendable {
    enum Match {
        case route(HTTPServer.Route, values: [String: String])
        /// The path is known, the method is not; the methods that are.
        case otherMethods([String])
        case none
    }

    let routes: [HTTPServer.Route]

    /// A `HEAD` is answered as `GET`; the server leaves the body out. Where two patterns fit a path, it belongs to the
    /// one that stands first: the other's methods are not for it.
    func match(method: String, path: String) -> Match {
        let wanted = method == "HEAD" ? "GET" : method
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        var methods: [String] = []
        var pattern: String?
        for route in routes where pattern == nil || route.path == pattern {
            guard let values = Router.values(route.parts, parts) else { continue }
            if route.method == wanted { return .route(route, values: values) }
            pattern = route.path
            methods.append(route.method)
        }
        return methods.isEmpty ? .none : .otherMethods(methods)
    }

    /// What the `{…}` of a pattern stand for, or nil when the path is another one.
    private static func values(_ pattern: [Substring], _ parts: [Substring]) -> [String: String]? {
        guard pattern.count == parts.count else { return nil }
        var values: [String: String] = [:]
        for (wanted, part) in zip(pattern, parts) {
            if wanted.hasPrefix("{"), wanted.hasSuffix("}"), !part.isEmpty {
                values[String(wanted.dropFirst().dropLast())] = PercentText.decode(part)
            } else if wanted != part {
                return nil
            }
        }
        return values
    }
}
