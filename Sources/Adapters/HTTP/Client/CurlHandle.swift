internal import CCurl
internal import Platform

/// Owns one transfer of libcurl and the connections it keeps; made in `init`, freed in `deinit`, used by one thread at
/// a time. The callbacks come on that thread, inside `perform`.
@safe
final class CurlHandle: @unchecked Sendable {
    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer

    /// Nil: no memory.
    init?() {
        _ = CurlHandle.isReady
        guard let easy = unsafe curl_easy_init() else { return nil }
        guard let multi = unsafe curl_multi_init() else {
            unsafe curl_easy_cleanup(easy)
            return nil
        }
        unsafe (self.easy, self.multi) = unsafe (easy, multi)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_multi_cleanup(multi)
    }

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// Runs one transfer to its end, or until the flag is raised (seen within 100 ms): then nil.
    /// - `withStatus`: given the response's status at the end.
    func perform(_ transfer: Transfer, unless cancel: CancelFlag?, withStatus: (Int) -> Void) -> CURLcode? {
        defer { unsafe curl_easy_reset(easy) }
        let (lines, hosts) = (CurlLines(transfer.request), CurlLines(transfer.hosts))
        let prepared = prepare(transfer, lines)
        if !transfer.hosts.isEmpty { unsafe flowfleet_curl_hosts(easy, hosts.list) }
        guard prepared == CURLE_OK else { return prepared }
        guard unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else { return CURLE_FAILED_INIT }
        defer { unsafe curl_multi_remove_handle(multi, easy) }
        // The transfer and the lines are used by callbacks until here.
        let result = withExtendedLifetime((transfer, lines, hosts)) { turn(unless: cancel) }
        withStatus(unsafe flowfleet_curl_status(easy))
        return result
    }

    private func turn(unless cancel: CancelFlag?) -> CURLcode? {
        var running: Int32 = 0
        var result = CURLE_OK
        while true {
            if cancel?.isCancelled == true { return nil }
            guard unsafe curl_multi_perform(multi, &running) == CURLM_OK else { return CURLE_FAILED_INIT }
            if unsafe flowfleet_curl_ended(multi, &result) == 1 { return result }
            // Without a flag nothing but the transfer can end it, and the library knows its next moment.
            let pause: Int32 = cancel == nil ? 1000 : 100
            guard unsafe curl_multi_poll(multi, nil, 0, pause, nil) == CURLM_OK else { return CURLE_FAILED_INIT }
        }
    }

    private func prepare(_ transfer: Transfer, _ lines: CurlLines) -> CURLcode {
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        unsafe flowfleet_curl_on_body(easy, takeBody, context)
        unsafe flowfleet_curl_on_header(easy, takeHeader, context)
        unsafe flowfleet_curl_on_socket(easy, openSocket, context)
        unsafe flowfleet_curl_headers(easy, lines.list)
        for (option, value) in transfer.numbers {
            let code = unsafe flowfleet_curl_number(easy, option, value)
            guard code == CURLE_OK else { return code }
        }
        for (option, value) in transfer.texts {
            let code = unsafe flowfleet_curl_text(easy, option, value)
            guard code == CURLE_OK else { return code }
        }
        return setBody(transfer.request)
    }

    /// The body first makes it a POST for libcurl; the method's own name is then put over it.
    private func setBody(_ request: HTTPClient.Request) -> CURLcode {
        let sendsBody = request.body != nil || ["POST", "PUT", "PATCH"].contains(request.method)
        if sendsBody {
            let code = unsafe (request.body ?? []).withUnsafeBytes { bytes in
                let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                return unsafe flowfleet_curl_body(easy, start ?? emptyText, curl_off_t(bytes.count))
            }
            guard code == CURLE_OK else { return code }
        }
        if request.method == "HEAD" { return unsafe flowfleet_curl_number(easy, CURLOPT_NOBODY, 1) }
        return unsafe flowfleet_curl_text(easy, CURLOPT_CUSTOMREQUEST, request.method)
    }
}

/// libcurl wants a pointer even for a body without bytes.
private nonisolated(unsafe) let emptyText = unsafe UnsafePointer(UnsafeMutablePointer<CChar>.allocate(capacity: 1))

/// Owns lines of text as libcurl wants them.
@safe
final class CurlLines {
    private(set) var list: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) { for line in lines { append(line) } }

    /// The header of a request.
    init(_ request: HTTPClient.Request) {
        for line in request.headers.lines { append("\(line.name)\(line.value.isEmpty ? ";" : ": \(line.value)")") }
        // Off: a wait for `100 Continue`, and a content type that nobody chose.
        append("Expect:")
        if request.headers["Content-Type"] == nil { append("Content-Type:") }
    }

    deinit { unsafe curl_slist_free_all(list) }

    private func append(_ line: String) { unsafe list = unsafe curl_slist_append(list, line) ?? list }
}
