import HTTP
import Platform
public import Workflow

/// Sends a courier's requests on a pool of threads; connections are kept for the next.
public final class HTTPDeliverySender: DeliverySender {
    private let client: HTTPClient
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
        client = HTTPClient(allowsPrivateAddresses ? .allowAll : .publicOnly, limits: limits)
        pool = ThreadPool("send", threads: threads, queueLimit: 0)
        self.limit = limit
    }

    public func send(_ request: OutgoingRequest, token: Int) -> Bool {
        pool.submit { [client, limit, done] in
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
        var body: [UInt8]?
        switch request.body {
        case .none: break
        case .bytes(let bytes, let type):
            headers.add("content-type", type)
            body = bytes
        case .multipart(let parts):
            let form = MultipartForm(parts)
            headers.add("content-type", form.type)
            body = form.bytes
        }
        do throws(HTTPClientError) {
            let response = try client.call(
                HTTPClient.Request(request.method, request.url.revealed, headers: headers, body: body, limit: limit))
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
