import Platform
import Testing

@testable import HTTP

@Suite struct HTTPClientTests {
    private let client = HTTPClient()

    private func error(
        _ request: HTTPClient.Request, _ client: HTTPClient? = nil, cancel: CancelFlag? = nil
    ) -> HTTPClientError? {
        do throws(HTTPClientError) {
            _ = try (client ?? self.client).call(request, cancel: cancel)
            return nil
        } catch {
            return error
        }
    }

    @Test func `nothing is sent that nobody asked for`() throws {
        let (server, url) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        let plain = try client.call(HTTPClient.Request("GET", url + "/mirror/x"))
        let names = plain.headers.lines.map { $0.name.lowercased() }.filter { $0.hasPrefix("x-got-") }
        #expect(Set(names) == ["x-got-host", "x-got-user-agent", "x-got-accept"])
        let posted = try client.call(HTTPClient.Request("POST", url + "/mirror/x"))
        #expect(posted.headers["x-got-content-length"] == "0")
        #expect(posted.headers["x-got-content-type"] == nil)
        #expect(posted.headers["x-got-expect"] == nil)
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
    func `a body goes with any method and comes back as it was`(method: String) throws {
        let (server, url) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        let response = try client.call(
            HTTPClient.Request(method, url + "/mirror/x", headers: ["Content-Type": "x/y"], body: bytes))
        #expect(response.headers["x-method"] == method)
        #expect(response.headers["x-got-content-type"] == "x/y")
        #expect(response.body == bytes)
    }

    @Test func `every status is a response, and a redirect is not followed`() throws {
        let (server, url) = try Loopback.server([
            HTTPServer.Route("GET", "/s/{status}") { request in
                HTTPServer.Response(
                    Int(request.pathValues["status"] ?? "") ?? 0,
                    headers: ["Location": "/s/200", "Retry-After": "7"], body: Array("x".utf8))
            }
        ])
        defer { server.stop() }
        for status in [200, 201, 302, 307, 404, 429, 500, 503] {
            let response = try client.call(HTTPClient.Request("GET", url + "/s/\(status)"))
            #expect(response.status == status)
            #expect(response.headers["retry-after"] == "7")
        }
    }

    @Test func `a server that says nothing is left after the limit`() {
        let (socket, port) = BareSocket.silentListener()
        let clock = ContinuousClock()
        let start = clock.now
        let found = error(HTTPClient.Request("GET", "http://127.0.0.1:\(port)/", limit: .milliseconds(150)))
        #expect(found?.code == .timeout)
        #expect(clock.now - start < .seconds(2))
        withExtendedLifetime(socket) {}
    }

    @Test func `a raised flag ends a call soon`() {
        let (socket, port) = BareSocket.silentListener()
        let flag = CancelFlag()
        let clock = ContinuousClock()
        let raised = Monitor(clock.now)
        let raiser = NamedThread("raiser") {
            _ = Monitor(0).wait(within: .milliseconds(100)) { _ -> Int? in nil }
            raised.withLock { $0 = ContinuousClock().now }
            flag.cancel()
        }
        let found = error(HTTPClient.Request("GET", "http://127.0.0.1:\(port)/"), cancel: flag)
        let late = raised.withLock { clock.now - $0 }
        #expect(found?.code == .cancelled)
        #expect(late < .milliseconds(600))
        #expect(raiser.wait(within: .seconds(5)))
        withExtendedLifetime(socket) {}
    }

    @Test func `a handle that was cancelled or timed out serves the next call`() throws {
        let (server, url) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        let (socket, port) = BareSocket.silentListener()
        for _ in 0..<3 {
            let found = error(
                HTTPClient.Request("POST", "http://127.0.0.1:\(port)/", body: [1], limit: .milliseconds(20)))
            #expect(found?.code == .timeout)
            let response = try client.call(HTTPClient.Request("GET", url + "/mirror/next"))
            #expect(response.headers["x-method"] == "GET")
            #expect(response.headers["x-name"] == "next")
        }
        withExtendedLifetime(socket) {}
    }

    @Test func `a refused connection and an unknown name are connection errors`() {
        let (socket, port) = BareSocket.silentListener()
        _ = consume socket
        #expect(error(HTTPClient.Request("GET", "http://127.0.0.1:\(port)/"))?.code == .connection)
        #expect(error(HTTPClient.Request("GET", "http://no-such-host.invalid/"))?.code == .connection)
    }

    @Test func `an answer that is no HTTP, or that breaks off, is a connection error`() throws {
        for answer in ["hello\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", ""] {
            let (socket, port) = BareSocket.silentListener()
            let descriptor = socket.descriptor
            let server = NamedThread("odd-server") { BareServer.answerOnce(descriptor, answer) }
            let found = error(HTTPClient.Request("GET", "http://127.0.0.1:\(port)/", limit: .seconds(5)))
            #expect(found?.code == .connection, "\(answer)")
            #expect(server.wait(within: .seconds(5)))
            withExtendedLifetime(socket) {}
        }
    }

    @Test func `a response larger than the limit is refused, with or without a length`() throws {
        let (server, url) = try Loopback.server([
            HTTPServer.Route("GET", "/{count}") { request in
                HTTPServer.Response(
                    200, body: [UInt8](repeating: 120, count: Int(request.pathValues["count"] ?? "") ?? 0))
            }
        ])
        defer { server.stop() }
        var limits = HTTPClient.Limits()
        limits.responseBytes = 100_000
        let client = HTTPClient(limits: limits)
        #expect(try client.call(HTTPClient.Request("GET", url + "/100000")).body.count == 100_000)
        #expect(error(HTTPClient.Request("GET", url + "/100001"), client)?.code == .tooLarge)
    }

    @Test func `private addresses are refused however they are written, before anything is sent`() throws {
        let calls = Counter()
        let server = try HTTPServer(
            port: 0,
            routes: [
                HTTPServer.Route("GET", "/") { _ in
                    calls.add()
                    return .text(200, "inside")
                }
            ])
        defer { server.stop() }
        let strict = HTTPClient(.publicOnly)
        for host in [
            "127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]",
            "[::]", "017700000001",
        ] {
            let found = error(HTTPClient.Request("GET", "http://\(host):\(server.port)/"), strict)
            #expect(found?.code == .denied, "\(host): \(found?.message ?? "was answered")")
        }
        #expect(calls.value == 0)
        #expect(try client.call(HTTPClient.Request("GET", "http://127.0.0.1:\(server.port)/")).status == 200)
    }

    @Test(arguments: [
        "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://x/", "127.0.0.1/", "", "http://", "http://a b/",
        "http://x/\r\nA: b", "http://:80:80/", "HTTP:/x",
    ])
    func `what is no http URL is refused without a call`(url: String) {
        #expect(error(HTTPClient.Request("GET", url))?.code == .badRequest)
    }

    @Test func `a header or method that would begin another line is refused`() {
        let url = "http://127.0.0.1:1/"
        #expect(error(HTTPClient.Request("GET", url, headers: ["A": "b\r\nC: d"]))?.code == .badRequest)
        #expect(error(HTTPClient.Request("GET", url, headers: ["A b": "c"]))?.code == .badRequest)
        #expect(error(HTTPClient.Request("GET", url, headers: ["": "c"]))?.code == .badRequest)
        #expect(error(HTTPClient.Request("GET / HTTP/1.1\r\n", url))?.code == .badRequest)
        #expect(error(HTTPClient.Request("", url))?.code == .badRequest)
    }
}

/// Names with several addresses, and names whose address changes.
@Suite struct NamedAddressTests {
    /// Refuses 127.0.0.2, whose names are as private as can be.
    private let policy = AddressPolicy.judged { $0 != [127, 0, 0, 2] }

    private func call(_ url: String, name: String, at addresses: String) -> Result<Int, HTTPClientError> {
        let port = url.split(separator: ":").last ?? ""
        var limits = HTTPClient.Limits()
        limits.hosts = ["\(name):\(port):\(addresses)"]
        do throws(HTTPClientError) {
            return .success(
                try HTTPClient(policy, limits: limits).call(.init("POST", "http://\(name):\(port)/mirror/x")).status)
        } catch {
            return .failure(error)
        }
    }

    @Test func `an address that may not be called is passed over where the name has another`() throws {
        let (server, url) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        for addresses in ["127.0.0.2,127.0.0.1", "127.0.0.1,127.0.0.2", "127.0.0.1"] {
            let answer = call(url, name: "split.test", at: addresses)
            #expect(try answer.get() == 200, "\(addresses)")
        }
    }

    /// Rebinding: a name that was good a moment ago. What counts is the address that is connected to.
    @Test func `a name that leads somewhere else now is judged anew`() throws {
        let (server, url) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        let (before, after) = (
            call(url, name: "changing.test", at: "127.0.0.1"), call(url, name: "changing.test", at: "127.0.0.2")
        )
        #expect(try before.get() == 200)
        guard case .failure(let error) = after else {
            Issue.record("it was called")
            return
        }
        #expect(error.code == .denied)
    }
}
