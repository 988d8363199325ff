extension RouteTable {
    /// The reference page of the routes.
    public static var referencePage: String {
        var page = """
            # HTTP API

            What `flowfleet-gateway` answers. The same as OpenAPI 3.1: `GET /openapi.json`. How to use it:
            [How to use the API with curl](../how-to/use-the-api.md). This page is made from the route table.

            - Every answer has an `X-Request-Id`: the one that was sent, or one that was made.
            - Errors are `application/problem+json` (RFC 9457) with a `code` that stays the same, the `request_id`,
              `errors` with a JSON pointer each where a body is wrong, and `advice` where it is known what to do next.
            - Lists take `limit` (1 to 200, default 50) and `cursor`, and give `{"items":[…],"next_cursor":"…"}`;
              without `next_cursor` there is nothing more.
            - Writes take `Idempotency-Key`: the same key and body again get the same answer for 24 hours, another body
              422, and 409 while the first is under way. A key belongs to its caller and its route.
            - Bodies are JSON objects of at most 1 MiB, sent with `Content-Type: application/json`.
            - While Kafka or Postgres is away the answer is 503 with `Retry-After`, within two seconds.

            ## Scopes

            With `GATEWAY_AUTH=keys` each request carries `Authorization: Bearer PREFIX.SECRET`. `admin` may everything.
            Without `payloads:read` inputs and outputs are masked.

            ## Routes

            | route | scope | |
            |---|---|---|

            """
        for route in all {
            page += "| `\(route.name)` | \(route.scope.map { "`\($0.rawValue)`" } ?? "none") | \(route.summary) |\n"
        }
        page += "\n## Parameters\n"
        for route in all where !route.parameters.isEmpty {
            page += "\n### `\(route.name)`\n\n"
            for parameter in route.parameters {
                page += "- `\(parameter.name)` (\(parameter.words)): \(parameter.summary)\n"
            }
        }
        return page
    }
}

extension APIParameter {
    fileprivate var words: String {
        switch kind {
        case .id, .text: "text"
        case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .choice(let words): words.joined(separator: ", ")
        case .flag: "true or false"
        case .time: "time"
        }
    }
}
