internal import CCurl
public import Platform
internal import Synchronization

/// Calls http and https URLs, one call at a time on each thread that calls; connections are kept for the next.
///
/// No redirects, no cookies, no proxies, no other protocols. Every call ends: by its limit, by the response's size, or
/// by the caller's flag.
public final class HTTPClient: Sendable {
    private let limits: Limits
    private let policy: AddressPolicy
    private let idle = Mutex<[CurlHandle]>([])

    public init(_ policy: AddressPolicy = .allowAll, limits: Limits = Limits()) {
        self.policy = policy
        self.limits = limits
    }

    /// Waits for the whole response.
    /// - `cancel`: once raised, the call ends within 100 ms.
    public func call(_ request: Request, cancel: CancelFlag? = nil) throws(HTTPClientError) -> Response {
        try HTTPClient.check(request)
        guard let handle = idle.withLock({ $0.popLast() }) ?? CurlHandle() else {
            throw HTTPClientError(code: .connection, message: "no memory for another call")
        }
        let transfer = Transfer(request, limits, policy)
        var status = 0
        let result = handle.perform(transfer, unless: cancel) { status = $0 }
        idle.withLock { if $0.count < limits.idleConnections { $0.append(handle) } }
        if let refusal = transfer.refusal { throw refusal }
        guard !transfer.isDenied else {
            throw HTTPClientError(code: .denied, message: "the address is private, which is not allowed here")
        }
        guard let result else { throw HTTPClientError(code: .cancelled, message: "the call was cancelled") }
        guard result == CURLE_OK || transfer.isCut else { throw HTTPClient.error(result) }
        return Response(status: status, headers: transfer.headers, body: transfer.body)
    }

    private static func check(_ request: Request) throws(HTTPClientError) {
        let isMethod = !request.method.isEmpty && request.method.utf8.allSatisfy { HTTPHeaders.isNameByte($0) }
        guard isMethod else { throw HTTPClientError(code: .badRequest, message: "the method is not a word") }
        guard request.headers.areWellFormed else {
            throw HTTPClientError(code: .badRequest, message: "a header has characters that cannot be sent")
        }
        let url = request.url.lowercased()
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), request.url.utf8.allSatisfy({ $0 > 32 }) else {
            throw HTTPClientError(code: .badRequest, message: "the URL is not one of http or https")
        }
    }

    private static func error(_ code: CURLcode) -> HTTPClientError {
        let text = unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code.rawValue)"
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return HTTPClientError(code: .timeout, message: "timeout: \(text)")
        case CURLE_URL_MALFORMAT:
            return HTTPClientError(code: .badRequest, message: "the URL cannot be used: \(text)")
        default: return HTTPClientError(code: .connection, message: text)
        }
    }
}
