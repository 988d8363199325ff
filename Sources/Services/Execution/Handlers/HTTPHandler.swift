import JSON
import Workflow

/// `http`: makes one request. 408, 425, 429, 5xx and broken connections are worth another try, other 4xx are not.
struct HTTPHandler: Handler {
    let caller: any HTTPCaller

    func run(_ input: HandlerInput) async throws -> HandlerOutcome {
        switch HTTPInputs.read(input.inputs) {
        case .failure(let problem):
            return .failed(ReportedFailure("invalid inputs of http: \(problem.reason)", .permanent))
        case .success(let call):
            do {
                return Self.outcome(try await caller.call(call))
            } catch {
                return .failed(Self.failure(error, call))
            }
        }
    }

    static func outcome(_ reply: HTTPReply) -> HandlerOutcome {
        guard reply.status >= 400 else {
            return .succeeded(JSONValue(trusted: HTTPOutput.write(reply)[...]))
        }
        let isTransient = [408, 425, 429].contains(reply.status) || reply.status >= 500
        var failure = ReportedFailure(
            "HTTP \(reply.status)", isTransient ? .transient : .permanent, type: "HTTP \(reply.status)")
        failure.retryAfterMilliseconds = isTransient ? RetryAfter.milliseconds(reply) : nil
        let detail = String(decoding: reply.body.prefix(500), as: UTF8.self)
        failure.detail = detail.isEmpty ? nil : detail
        return .failed(failure)
    }

    /// Host and port of an address, without user and password.
    static func place(of url: String) -> String {
        let rest = url.split(separator: "://", maxSplits: 1).last ?? ""
        let authority = rest.prefix { !"/?#".contains($0) }
        return String(authority.split(separator: "@").last ?? "")
    }

    private static func failure(_ error: HTTPCallError, _ call: HTTPCall) -> ReportedFailure {
        switch error {
        case .unreachable(let reason):
            ReportedFailure("connection failed: \(place(of: call.url)): \(reason)", .transient, type: "connection")
        case .timedOut: ReportedFailure("no answer within \(call.timeoutMilliseconds) ms", .timeout, type: "timeout")
        case .tooLarge:
            ReportedFailure("the body is larger than \(Limits.payloadBytes) bytes", .permanent, type: "too_large")
        case .refused(let reason): ReportedFailure("the request is not allowed: \(reason)", .permanent, type: "refused")
        case .cancelled: ReportedFailure("cancelled", .cancelled)
        }
    }
}

/// Reads the inputs of `http`: `url`, `method`, `headers`, `body`, `timeout_ms`.
enum HTTPInputs {
    struct Problem: Error {
        let reason: String
    }

    static func read(_ inputs: JSONValue) -> Result<HTTPCall, Problem> {
        guard let url = text(inputs.member("url")), !url.isEmpty else {
            return .failure(Problem(reason: "url is missing"))
        }
        let body = inputs.member("body").flatMap { $0.isNull ? nil : $0 }
        var call = HTTPCall(
            method: text(inputs.member("method"))?.uppercased() ?? (body == nil ? "GET" : "POST"), url: url,
            headers: [],
            body: body.map(bytes) ?? [], timeoutMilliseconds: 30_000)
        if let timeout = inputs.member("timeout_ms")?.int, timeout > 0 {
            call.timeoutMilliseconds = min(timeout, 24 * 3_600_000)
        }
        guard call.method.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }),
            !call.method.isEmpty
        else { return .failure(Problem(reason: "method must be letters")) }
        if let problem = readHeaders(inputs.member("headers"), into: &call) { return .failure(problem) }
        if let body, body.kind != .string, !call.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            call.headers.append(("content-type", "application/json"))
        }
        return .success(call)
    }

    private static func readHeaders(_ headers: JSONValue?, into call: inout HTTPCall) -> Problem? {
        guard let headers, !headers.isNull else { return nil }
        guard headers.kind == .object else { return Problem(reason: "headers must be an object") }
        var problem: Problem?
        headers.forEachMember { key, value in
            guard let name = text(key), let value = text(value), isToken(name), isFieldValue(value) else {
                problem = Problem(reason: "headers must be names with texts of one line")
                return
            }
            call.headers.append((name, value))
        }
        return problem
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let value, value.kind == .string, let bytes = value.string() else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func bytes(_ body: JSONValue) -> [UInt8] {
        body.kind == .string ? body.string() ?? [] : Array(body.bytes)
    }

    private static func isToken(_ name: String) -> Bool {
        let marks = Array("!#$%&'*+-.^_`|~".utf8)
        return !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || marks.contains(byte)
            }
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 }
    }
}

/// Writes the output of `http`: `{"status","headers","body"}`. A JSON body is JSON, anything else a text.
enum HTTPOutput {
    static func write(_ reply: HTTPReply) -> [UInt8] {
        var writer = JSONWriter(reserving: reply.body.count + 512)
        writer.beginObject()
        writer.key("status")
        writer.int(reply.status)
        writer.key("headers")
        writer.beginObject()
        for header in joined(reply.headers) {
            writer.key(bytes: Array(header.name.utf8))
            writer.string(header.value)
        }
        writer.endObject()
        writer.key("body")
        if let body = json(reply) {
            writer.raw(body.bytes)
        } else {
            writer.string(String(decoding: reply.body, as: UTF8.self))
        }
        writer.endObject()
        return writer.bytes
    }

    private static func json(_ reply: HTTPReply) -> JSONValue? {
        let type = reply.headers.last { $0.name == "content-type" }?.value.lowercased() ?? ""
        let media = type.prefix { $0 != ";" }.filter { $0 != " " }
        guard media == "application/json" || media.hasSuffix("+json") else { return nil }
        return try? JSONValue(validating: reply.body[...], limits: JSONLimits(maxDepth: 60, maxBytes: reply.body.count))
    }

    /// Headers that came more than once, in one line each, as RFC 9110 §5.3 has it.
    private static func joined(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        var joined: [(name: String, value: String)] = []
        for header in headers {
            if let index = joined.firstIndex(where: { $0.name == header.name }) {
                joined[index].value += ", " + header.value
            } else {
                joined.append(header)
            }
        }
        return joined
    }
}
