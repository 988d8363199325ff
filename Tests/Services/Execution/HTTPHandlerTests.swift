import HTTP
import JSON
import Stores
import Testing
import Workflow

@testable import Execution

@Suite struct HTTPHandlerTests {
    @Test func `a JSON body is JSON, any other a text, and headers that repeat are one line`() {
        let json = HTTPReply(
            status: 200, headers: [("content-type", "application/problem+json; a=b"), ("x", "1"), ("x", "2")],
            body: Array(#"{"a":1}"#.utf8))
        let text = HTTPReply(status: 204, headers: [("content-type", "text/plain")], body: Array(#"{"a":1}"#.utf8))
        let broken = HTTPReply(status: 200, headers: [("content-type", "application/json")], body: Array("{".utf8))
        let headers = #"{"content-type":"application/problem+json; a=b","x":"1, 2"}"#
        let expected = #"{"status":200,"headers":\#(headers),"body":{"a":1}}"#
        #expect(String(decoding: HTTPOutput.write(json), as: UTF8.self) == expected)
        #expect(member("body", of: HTTPOutput.write(text)) == #"{"a":1}"#)
        #expect(member("body", of: HTTPOutput.write(broken)) == "{")
    }

    @Test(arguments: [
        (200, nil), (301, nil), (400, ErrorClass.permanent), (404, .permanent), (408, .transient), (425, .transient),
        (429, .transient), (500, .transient), (503, .transient),
    ])
    func `the status decides the class`(status: Int, expected: ErrorClass?) {
        let outcome = HTTPHandler.outcome(HTTPReply(status: status, headers: [], body: []))
        if case .failed(let failure) = outcome {
            #expect(failure.errorClass == expected)
            #expect(failure.errorType == "HTTP \(status)")
        } else {
            #expect(expected == nil)
        }
    }

    @Test(
        arguments: [
            ("7", nil, 7_000), ("  0 ", nil, 0), ("-1", nil, nil), ("soon", nil, nil), ("99999999999", nil, 86_400_000),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30_000),
            ("Tue, 01 Mar 2022 00:00:00 GMT", "Mon, 28 Feb 2022 23:59:50 GMT", 10_000),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:50:07 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", nil, nil),
        ] as [(String, String?, Int?)])
    func `Retry-After is seconds or a date against the server's own`(value: String, date: String?, expected: Int?) {
        var headers = [(name: "retry-after", value: value)]
        if let date { headers.append(("date", date)) }
        let milliseconds = RetryAfter.milliseconds(HTTPReply(status: 503, headers: headers, body: []))
        #expect(milliseconds == expected)
    }

    @Test(arguments: [
        #"{}"#, #"{"url":7}"#, #"{"url":"http://a","method":"GE T"}"#, #"{"url":"http://a","headers":[]}"#,
        #"{"url":"http://a","headers":{"a":"b\r\nc"}}"#, #"{"url":"http://a","headers":{"a b":"c"}}"#,
    ])
    func `inputs that make no request are refused`(inputs: String) {
        guard case .failure = HTTPInputs.read(value(inputs)) else { return #expect(Bool(false)) }
    }

    @Test func `a body makes a POST, and a JSON body says so`() throws {
        let call = try HTTPInputs.read(value(#"{"url":"http://a/b","body":{"x":[1]},"timeout_ms":5}"#)).get()
        #expect(call.method == "POST")
        #expect(call.body == Array(#"{"x":[1]}"#.utf8))
        #expect(call.headers.map(\.name) == ["content-type"])
        #expect(call.timeoutMilliseconds == 5)
        let text = try HTTPInputs.read(value(#"{"url":"http://a/b","method":"put","body":"plain"}"#)).get()
        #expect(text.method == "PUT")
        #expect(text.body == Array("plain".utf8))
        #expect(text.headers.isEmpty)
    }
}

/// The handler on real sockets.
@Suite struct HTTPTaskCallerTests {
    private func server() throws -> HTTPServer {
        try HTTPServer(
            host: "127.0.0.1", port: 0,
            routes: [
                HTTPServer.Route("GET", "/json") { _ in .json(200, Array(#"{"ok":true}"#.utf8)) },
                HTTPServer.Route("GET", "/busy") { _ in
                    HTTPServer.Response(503, headers: ["Retry-After": "2"], body: Array("later".utf8))
                },
                HTTPServer.Route("GET", "/large") { _ in
                    HTTPServer.Response(200, body: [UInt8](repeating: 65, count: 2_000))
                },
            ])
    }

    private func run(_ path: String, port: UInt16, privately: Bool = true) async throws -> HandlerOutcome {
        let caller = HTTPTaskCaller(allowsPrivateAddresses: privately, largestBody: 1_000, threads: 2)
        var reader = TaskMessageReader()
        let inputs = #"{"url":"http://127.0.0.1:\#(port)\#(path)","timeout_ms":2000}"#
        let message = try reader.read(Array(task("a", "http", inputs: inputs).utf8)[...])
        return try await HTTPHandler(caller: caller).run(HandlerInput(message))
    }

    @Test func `answers, refusals and limits come back as the contract says`() async throws {
        let server = try server()
        defer { server.stop() }
        guard case .succeeded(let output) = try await run("/json", port: server.port) else {
            return #expect(Bool(false))
        }
        #expect(member("body", of: Array(output.bytes)) == #"{"ok":true}"#)
        guard case .failed(let busy) = try await run("/busy", port: server.port) else { return #expect(Bool(false)) }
        #expect(busy.errorClass == .transient)
        #expect(busy.retryAfterMilliseconds == 2_000)
        #expect(busy.detail == "later")
        guard case .failed(let large) = try await run("/large", port: server.port) else { return #expect(Bool(false)) }
        #expect(large.errorType == "too_large")
        guard case .failed(let denied) = try await run("/json", port: server.port, privately: false) else {
            return #expect(Bool(false))
        }
        #expect(denied.errorClass == .permanent)
    }

    @Test func `a connection that is refused is worth another try`() async throws {
        let server = try server()
        let port = server.port
        server.stop()
        guard case .failed(let failure) = try await run("/json", port: port) else { return #expect(Bool(false)) }
        #expect(failure.errorClass == .transient)
    }
}
