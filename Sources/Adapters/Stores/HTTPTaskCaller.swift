import HTTP
import Platform
import Synchronization
public import Workflow

/// The `http` handler's calls, each on a thread of a bounded pool that is made with the first of them.
public final class HTTPTaskCaller: HTTPCaller {
    private let client: HTTPClient
    private let threads: Int
    private let pool = Mutex<ThreadPool?>(nil)

    /// - `threads`: calls at once; more of them wait.
    public init(allowsPrivateAddresses: Bool, largestBody: Int, threads: Int) {
        var limits = HTTPClient.Limits()
        limits.responseBytes = largestBody
        client = HTTPClient(allowsPrivateAddresses ? .allowAll : .publicOnly, limits: limits)
        self.threads = threads
    }

    public func call(_ call: HTTPCall) async throws(HTTPCallError) -> HTTPReply {
        let flag = CancelFlag()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isTaken = ready().submit { [client] in
                    continuation.resume(returning: Self.perform(call, client, flag))
                }
                if !isTaken { continuation.resume(returning: .failure(.unreachable("too many calls at once"))) }
            }
        } onCancel: {
            flag.cancel()
        }
        return try result.get()
    }

    private func ready() -> ThreadPool {
        pool.withLock { pool in
            let ready = pool ?? ThreadPool("http", threads: threads, queueLimit: 10_000)
            pool = ready
            return ready
        }
    }

    private static func perform(
        _ call: HTTPCall, _ client: HTTPClient, _ flag: CancelFlag
    ) -> Result<HTTPReply, HTTPCallError> {
        var headers = HTTPHeaders()
        for header in call.headers { headers.add(header.name, header.value) }
        let request = HTTPClient.Request(
            call.method, call.url, headers: headers, body: call.body.isEmpty ? nil : call.body,
            limit: .milliseconds(call.timeoutMilliseconds))
        do throws(HTTPClientError) {
            let response = try client.call(request, cancel: flag)
            let lines = response.headers.lines.map { (name: $0.name.lowercased(), value: $0.value) }
            return .success(HTTPReply(status: response.status, headers: lines, body: response.body))
        } catch {
            return .failure(HTTPCallError(error))
        }
    }
}

extension HTTPCallError {
    fileprivate init(_ error: HTTPClientError) {
        self =
            switch error.code {
            case .timeout: .timedOut
            case .connection: .unreachable(error.message)
            case .tooLarge: .tooLarge
            case .denied, .badRequest: .refused(error.message)
            case .cancelled: .cancelled
            }
    }
}
