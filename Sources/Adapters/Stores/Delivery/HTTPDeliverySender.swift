import HTTP
import Platform
public import Workflow

/// Sends a courier's requests on a pool of threads; connections are kept for the next.
public final class HTTPDeliverySender: DeliverySender {
    /// For addresses that requests of runs bring along.
    private let guarded: HTTPClient
    /// For addresses of the operator's.
    private let open: HTTPClient
    private let pool: ThreadPool
    private let limit: Duration
    private let done = Monitor<[SentAnswer]>([])

    /// - `threads`: requests at once.
    /// - `limit`: for each, from the first packet to the last.
    public init(allowsPrivateAddresses: Bool, threads: Int, limit: Duration) {
        var limits = HTTPClient.Limits()
        limits.responseBytes = 64 << 10
        limits.cutsResponses = true
        limits.idleConnections = threads
        open = HTTPClient(.allowAll, limits: limits)
        guarded = allowsPrivateAddresses ? open : HTTPClient(.publicOnly, limits: limits)
        pool = ThreadPool("send", threads: threads, queueLimit: 0)
        self.limit = limit
    }

    public func send(_ request: OutgoingRequest, token: Int) -> Bool {
        let client = request.isGuarded ? guarded : open
        return pool.submit { [limit, done] in
            let start = SystemTime().monotonic
            let answer = Self.perform(request, client, limit)
            let sent = SentAnswer(token: token, answer: answer, latency: (SystemTime().monotonic - start) / 1_000)
            done.updateOne { $0.append(sent) }
        }
    }

    public func answers(wait: Microseconds) -> [SentAnswer] {
        done.wait(within: .microseconds(wait)) { answers in
            guard !answers.isEmpty else { return nil }
            defer { answers = [] }
            return answers
        } ?? []
    }

    public func close() { pool.stop(within: .milliseconds(100)) }

    private static func perform(_ request: OutgoingRequest, _ client: HTTPClient, _ limit: Duration) -> SendAnswer {
        var headers = HTTPHeaders()
        for header in request.headers { headers.add(header.name, header.value.revealed) }
        let body = request.body.encoded
        if let body { headers.add("content-type", body.type) }
        do throws(HTTPClientError) {
            let call = HTTPClient.Request(
                request.method, request.url.revealed, headers: headers, body: body?.bytes, limit: limit)
            let response = try client.call(call)
            var lines: [String: String] = [:]
            for line in response.headers.lines { lines[line.name.lowercased()] = line.value }
            return .reply(SendReply(status: response.status, headers: lines, body: response.body))
        } catch {
            return .failed(SendFailure(error))
        }
    }
}

extension SendFailure {
    init(_ error: HTTPClientError) {
        self =
            switch error.code {
            case .timeout: .timedOut
            case .connection, .tooLarge, .cancelled: .unreachable(error.message)
            case .denied, .badRequest: .refused(error.message)
            }
    }
}
