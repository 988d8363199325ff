import HTTP
public import Workflow

/// Makes a channel's requests over HTTP, one at a time on each thread that calls.
public struct DiscordCalls: Sendable {
    private let client: HTTPClient
    private let limit: Duration

    /// - `limit`: for each call.
    public init(limit: Duration = .seconds(5)) {
        var limits = HTTPClient.Limits()
        limits.responseBytes = 1 << 20
        client = HTTPClient(.allowAll, limits: limits)
        self.limit = limit
    }

    public func send(_ request: OutgoingRequest) -> SendAnswer {
        var headers = HTTPHeaders()
        for (name, value) in request.headers { headers.add(name, value.revealed) }
        let body = request.body.encoded
        if let body { headers.add("Content-Type", body.type) }
        do throws(HTTPClientError) {
            let response = try client.call(
                .init(request.method, request.url.revealed, headers: headers, body: body?.bytes, limit: limit))
            let lines = response.headers.lines.map { ($0.name.lowercased(), $0.value) }
            return .reply(
                SendReply(
                    status: response.status, headers: Dictionary(lines) { first, _ in first }, body: response.body))
        } catch {
            switch error.code {
            case .timeout: return .failed(.timedOut)
            case .connection, .tooLarge, .cancelled: return .failed(.unreachable(error.message))
            case .denied, .badRequest: return .failed(.refused(error.message))
            }
        }
    }
}
