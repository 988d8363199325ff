public import HTTP
import JSON
public import Workflow

/// Why a request is not answered as it wished: RFC 9457's problem details, with a code that stays the same for ever.
public struct Problem: Error, Sendable, Equatable {
    /// One finding and where in the body it is.
    public struct Finding: Sendable, Equatable {
        /// RFC 6901; empty for the whole body.
        public let pointer: String
        public let detail: String

        public init(_ pointer: String, _ detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    public let status: Int
    public let code: String
    public let detail: String
    public var findings: [Finding]
    /// Seconds after which it may be tried again.
    public var retryAfter: Int?
    /// What to do next, where that is known.
    public var advice: String?
    /// For the gateway's own log; callers never see it.
    public var cause: String?

    public init(_ status: Int, _ code: String, _ detail: String, findings: [Finding] = [], retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.findings = findings
        self.retryAfter = retryAfter
    }
}

extension Problem {
    /// What the services say, in the words of the API.
    public init(_ failure: ServiceFailure) {
        let findings = failure.details.map { Finding(text: $0) }
        switch failure.code {
        case .notFound: self.init(404, "not_found", failure.message)
        case .invalid: self.init(422, "invalid", failure.message, findings: findings)
        case .conflict: self.init(409, "conflict", failure.message, findings: findings)
        case .unreachable: self.init(503, "unavailable", failure.message, retryAfter: 1)
        case .unauthorized, .misconfigured, .outdatedSchema:
            self.init(503, "unavailable", "a service behind the gateway cannot be used", retryAfter: 5)
        case .failed: self.init(500, "internal", "the gateway could not do it; its log tells why")
        }
        if status < 500 { advice = failure.advice }
        if status >= 500 { cause = ([failure.message] + failure.details).joined(separator: "; ") }
    }

    public init(_ failure: AccessFailure) { self.init(ServiceFailure(failure)) }

    static let notFound = Problem(404, "not_found", "nothing is known under this address")
    static let overloaded = Problem(503, "overloaded", "too many requests are under way", retryAfter: 1)
    static let late = Problem(503, "unavailable", "a service behind the gateway did not answer in time", retryAfter: 1)

    static func parameter(_ name: String, _ detail: String) -> Problem {
        Problem(400, "invalid_parameter", "\(name): \(detail)")
    }

    public func response(requestID: String) -> HTTPServer.Response {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.member("type", string: "about:blank" as StaticString)
        writer.member("title", string: Problem.title(status))
        writer.member("status", int: status)
        writer.member("code", string: code)
        writer.member("detail", string: detail)
        if !requestID.isEmpty { writer.member("request_id", string: requestID) }
        if let advice { writer.member("advice", string: advice) }
        if !findings.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for finding in findings {
                writer.beginObject()
                writer.member("pointer", string: finding.pointer)
                writer.member("detail", string: finding.detail)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        writer.bytes.append(UInt8(ascii: "\n"))
        var response = HTTPServer.Response(
            status, headers: ["Content-Type": "application/problem+json"], body: writer.bytes)
        if let retryAfter { response.headers.add("Retry-After", String(retryAfter)) }
        if status == 401 { response.headers.add("WWW-Authenticate", "Bearer") }
        return response
    }

    private static func title(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 503: "Service Unavailable"
        default: "Internal Server Error"
        }
    }
}

extension Problem.Finding {
    /// From the services' way to say it: `tasks[3].depends_on[0]: is unknown`.
    init(text: String) {
        guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains(" ") else {
            self.init("", text)
            return
        }
        let rest = text[text.index(after: colon)...].drop { $0 == " " }
        self.init(Problem.Finding.pointer(path: text[..<colon]), String(rest))
    }

    /// `tasks[3].depends_on[0]` is `/tasks/3/depends_on/0`; `definition` is the whole.
    static func pointer(path: Substring) -> String {
        guard path != "definition" else { return "" }
        return path.split { $0 == "." || $0 == "[" || $0 == "]" }.map { part in
            "/" + part.replacing("~", with: "~0").replacing("/", with: "~1")
        }.joined()
    }
}
