internal import CCurl
internal import Glibc
internal import Platform

/// One call under way: what libcurl is told, and what its callbacks bring. Pure but for the callbacks below.
final class Transfer {
    let request: HTTPClient.Request
    private let limits: HTTPClient.Limits
    private let policy: AddressPolicy
    private(set) var headers = HTTPHeaders()
    private(set) var body: [UInt8] = []
    /// Our own reason to end it, where libcurl only knows that a callback failed.
    private(set) var refusal: HTTPClientError?
    /// Of a name's addresses one was called, whatever came of it: those that were refused beside it count for nothing.
    private var isAnyAllowed = false
    private var isAnyDenied = false
    /// Every address that was met is one that may not be called.
    var isDenied: Bool { isAnyDenied && !isAnyAllowed }

    init(_ request: HTTPClient.Request, _ limits: HTTPClient.Limits, _ policy: AddressPolicy) {
        (self.request, self.limits, self.policy) = (request, limits, policy)
    }

    var hosts: [String] { limits.hosts }

    var numbers: [(CURLoption, Int)] {
        [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_NETRC, 0),
            (CURLOPT_TIMEOUT_MS, Transfer.milliseconds(request.limit)),
            (CURLOPT_CONNECTTIMEOUT_MS, Transfer.milliseconds(min(limits.connect, request.limit))),
            (CURLOPT_MAXCONNECTS, 4),
        ]
    }

    /// No proxy of the environment: it would be the address that the policy judges.
    var texts: [(CURLoption, String)] {
        [
            (CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_PROXY, ""), (CURLOPT_URL, request.url),
            (CURLOPT_USERAGENT, "flowfleet/\(Product.version)"),
        ]
    }

    /// The response was longer than wanted, and what came is enough.
    private(set) var isCut = false

    func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= limits.responseBytes else {
            if limits.cutsResponses {
                isCut = true
                unsafe body.append(contentsOf: bytes.prefix(limits.responseBytes - body.count))
                return false
            }
            refusal = HTTPClientError(
                code: .tooLarge, message: "the response is larger than \(limits.responseBytes) bytes")
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    /// A line with a status begins a response anew: those before it were interim ones.
    func take(headerLine line: String) -> Bool {
        if line.hasPrefix("HTTP/") {
            headers = HTTPHeaders()
            return true
        }
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return true }
        guard headers.lines.count < limits.headerLines else {
            refusal = HTTPClientError(code: .tooLarge, message: "the response has too many header lines")
            return false
        }
        headers.add(Transfer.trim(line[..<colon]), Transfer.trim(line[line.utf8.index(after: colon)...]))
        return true
    }

    func allows(_ address: [UInt8]) -> Bool {
        let isAllowed = policy.allows(address)
        if isAllowed { isAnyAllowed = true } else { isAnyDenied = true }
        return isAllowed
    }

    private static func trim(_ text: Substring) -> String {
        let isBlank: (UInt8) -> Bool = { $0 <= 32 }
        let rest = text.utf8.drop(while: isBlank).reversed().drop(while: isBlank)
        return String(decoding: rest.reversed(), as: UTF8.self)
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(clamping: max(1, min(duration.nanoseconds / 1_000_000, Int64(Int32.max))))
    }
}

/// How many bytes were taken; any other number than all of them ends the transfer.
let takeBody: flowfleet_curl_bytes = { bytes, _, count, context in
    guard let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return unsafe transfer.take(body: UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
}

let takeHeader: flowfleet_curl_bytes = { bytes, one, count, context in
    guard let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let line = unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: one * count), as: UTF8.self)
    return transfer.take(headerLine: line) ? one * count : 0
}

/// Opens the socket only when the policy allows the address it will connect to.
let openSocket: curl_opensocket_callback = { context, _, target in
    guard let context = unsafe context, let target = unsafe target else { return -1 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let family = unsafe target.pointee.family
    let start = family == AF_INET ? 4 : 8
    let count = family == AF_INET ? 4 : 16
    guard family == AF_INET || family == AF_INET6 else { return -1 }
    let bytes = unsafe UnsafeRawPointer(target).advanced(by: MemoryLayout<curl_sockaddr>.offset(of: \.addr) ?? 0)
    let digits = unsafe Array(UnsafeRawBufferPointer(start: bytes.advanced(by: start), count: count))
    guard transfer.allows(digits) else { return -1 }
    return unsafe socket(family, target.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), target.pointee.protocol)
}
