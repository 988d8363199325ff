import Platform
import TestSupport
import Testing

@testable import HTTP

@Suite struct HTTPServerTests {
    private let client = HTTPClient()

    private func body(_ response: HTTPClient.Response) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func `a route gets method, path values, parameters, headers and body`() throws {
        let (server, url) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        let response = try client.call(
            HTTPClient.Request(
                "POST", url + "/mirror/a%2Fb%20c?x=1&y=%C3%A9+z&x=2&q", headers: ["X-Thing": "7"],
                body: Array("hello".utf8)))
        #expect(response.status == 200)
        #expect(response.headers["x-method"] == "POST")
        #expect(response.headers["X-Name"] == "a/b c")
        #expect(response.headers["x-got-x-thing"] == "7")
        let parameters = response.headers.lines.filter { $0.name == "X-Parameter" }.map(\.value)
        #expect(parameters == ["x=1", "y=é z", "x=2", "q="])
        #expect(body(response) == "hello")
    }

    @Test func `an unknown path is 404, a known one with another method is 405 and names those allowed`() throws {
        let (server, url) = try Loopback.server([HTTPServer.Route("GET", "/a") { _ in .text(200, "a") }])
        defer { server.stop() }
        let unknown = try client.call(HTTPClient.Request("GET", url + "/a/"))
        let other = try client.call(HTTPClient.Request("DELETE", url + "/a"))
        #expect(unknown.status == 404)
        #expect(unknown.headers["content-type"] == "application/problem+json")
        #expect(other.status == 405)
        #expect(other.headers["allow"] == "GET")
    }

    @Test func `connections that ask for nothing keep nobody out`() throws {
        var limits = HTTPServer.Limits()
        (limits.connections, limits.connectionsPerAddress) = (32, 32)
        (limits.idle, limits.receive) = (.seconds(600), .seconds(600))
        let (server, url) = try Loopback.server(
            [HTTPServer.Route("GET", "/a") { _ in .text(200, "a") }], limits: limits)
        defer { server.stop() }
        let silent = (0..<100).map { _ in BareSocket.connected(to: server.port) }
        for _ in 0..<5 {
            let response = try client.call(HTTPClient.Request("GET", url + "/a"))
            #expect(response.status == 200)
        }
        #expect(silent.count == 100)
    }

    @Test func `HEAD is GET without the body`() throws {
        let (server, url) = try Loopback.server([HTTPServer.Route("GET", "/a") { _ in .text(200, "four") }])
        defer { server.stop() }
        let response = try client.call(HTTPClient.Request("HEAD", url + "/a"))
        #expect(response.status == 200)
        #expect(response.headers["content-length"] == "4")
        #expect(response.body.isEmpty)
    }

    @Test func `a body that says it is too large is refused, a large one arrives whole`() throws {
        var limits = HTTPServer.Limits()
        limits.bodyBytes = 300_000
        let (server, url) = try Loopback.server(Loopback.mirror, limits: limits)
        defer { server.stop() }
        let whole = [UInt8](repeating: 120, count: 300_000)
        let taken = try client.call(HTTPClient.Request("PUT", url + "/mirror/x", body: whole))
        let refused = try? client.call(HTTPClient.Request("PUT", url + "/mirror/x", body: whole + [120]))
        #expect(taken.body == whole)
        // The answer may be lost when the server closes while the body is still being sent.
        #expect(refused == nil || refused?.status == 413)
    }

    @Test func `a body without a length that grows too large is answered 413 and ends its connection only`() throws {
        var limits = HTTPServer.Limits()
        limits.bodyBytes = 100
        let (server, url) = try Loopback.server(Loopback.mirror, limits: limits)
        defer { server.stop() }
        let socket = BareSocket.connected(to: server.port)
        socket.send("POST /mirror/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        socket.send("c8\r\n" + String(repeating: "x", count: 200) + "\r\n0\r\n\r\n")
        #expect(socket.readAll().hasPrefix("HTTP/1.1 413"))
        let endless = BareSocket.connected(to: server.port)
        endless.send("POST /mirror/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<3 { endless.send("c8\r\n" + String(repeating: "x", count: 200) + "\r\n") }
        #expect(endless.readAll() == "")
        #expect(try client.call(HTTPClient.Request("GET", url + "/mirror/x")).status == 200)
    }

    @Test func `all bodies together have a limit, and give their room back`() throws {
        var limits = HTTPServer.Limits()
        limits.allBodiesBytes = 1_000
        let (server, url) = try Loopback.server(Loopback.mirror, limits: limits)
        defer { server.stop() }
        let holder = BareSocket.connected(to: server.port)
        holder.send("POST /mirror/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n")
        holder.send(String(repeating: "x", count: 1_000))
        let small = HTTPClient.Request("POST", url + "/mirror/x", body: [120])
        // What the holder sent arrives in a moment.
        let isRefused = try Waiting.until(5) { try client.call(small).status == 503 }
        #expect(isRefused)
        #expect(try client.call(HTTPClient.Request("GET", url + "/mirror/x")).status == 200)
        holder.send("x")
        #expect(holder.readAll() == "")
        let isTaken = try Waiting.until(5) { try client.call(small).status == 200 }
        #expect(isTaken)
    }

    @Test func `nonsense on a connection leaves the server as it was`() throws {
        let (server, url) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        for nonsense in [
            "\0\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST /mirror/x HTTP/1.1\r\n",
        ] {
            BareSocket.connected(to: server.port).send(nonsense)
        }
        let huge = BareSocket.connected(to: server.port)
        huge.send("GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\n\r\n")
        #expect(!huge.readAll().hasPrefix("HTTP/1.1 200"))
        #expect(try client.call(HTTPClient.Request("GET", url + "/mirror/x")).status == 200)
    }

    @Test func `many callers at once are all answered`() throws {
        var limits = HTTPServer.Limits()
        limits.threads = 2
        let (server, url) = try Loopback.server(Loopback.mirror, limits: limits)
        defer { server.stop() }
        let good = Counter()
        let pool = ThreadPool("callers", threads: 8, queueLimit: 400)
        for number in 0..<400 {
            pool.submit { [client] in
                let bytes = Array("\(number)".utf8)
                let answer = try? client.call(HTTPClient.Request("POST", url + "/mirror/\(number)", body: bytes))
                if answer?.body == bytes, answer?.headers["x-name"] == "\(number)" { good.add() }
            }
        }
        #expect(pool.stop(within: .seconds(30)))
        #expect(good.value == 400)
    }

    @Test func `a port that is taken is named`() throws {
        let (server, _) = try Loopback.server([])
        defer { server.stop() }
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(host: "127.0.0.1", port: server.port, routes: [])
        }
        #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
        #expect(error?.description.contains("in use") == true, "\(error?.description ?? "")")
    }

    @Test func `a host that is no address in digits is refused`() {
        #expect(throws: HTTPServerError.self) { try HTTPServer(host: "example.org", port: 0, routes: []) }
    }

    @Test func `it also listens on IPv6`() throws {
        guard let server = try? HTTPServer(host: "::1", port: 0, routes: Loopback.mirror) else { return }
        defer { server.stop() }
        #expect(try client.call(HTTPClient.Request("GET", "http://[::1]:\(server.port)/mirror/six")).status == 200)
    }

    @Test func `a stopped server answers what is under way and nothing after`() throws {
        let began = Monitor(false)
        let (server, url) = try Loopback.server([
            HTTPServer.Route("GET", "/slow") { _ in
                began.update { $0 = true }
                _ = Monitor(0).wait(within: .milliseconds(200)) { _ -> Int? in nil }
                return .text(200, "done")
            }
        ])
        let status = Monitor(0)
        let caller = NamedThread("caller") { [client] in
            let answer = try? client.call(HTTPClient.Request("GET", url + "/slow"))
            status.withLock { $0 = answer?.status ?? -1 }
        }
        _ = began.wait(within: .seconds(10)) { $0 ? true : nil }
        #expect(server.stop(within: .seconds(5)))
        #expect(caller.wait(within: .seconds(5)))
        #expect(status.withLock { $0 } == 200)
        #expect(server.stop(within: .seconds(1)), "a second stop finds nothing to do")
        let error = #expect(throws: HTTPClientError.self) { try client.call(HTTPClient.Request("GET", url + "/slow")) }
        #expect(error?.code == .connection)
    }

    @Test func `a stop does not wait for ever for an answer`() throws {
        let gate = Monitor(false)
        let began = Monitor(false)
        let (server, url) = try Loopback.server([
            HTTPServer.Route("GET", "/stuck") { _ in
                began.update { $0 = true }
                _ = gate.wait(within: .seconds(20)) { $0 ? true : nil }
                return .text(200, "late")
            }
        ])
        let caller = NamedThread("caller") { [client] in
            _ = try? client.call(HTTPClient.Request("GET", url + "/stuck", limit: .seconds(20)))
        }
        _ = began.wait(within: .seconds(10)) { $0 ? true : nil }
        let clock = ContinuousClock()
        let start = clock.now
        #expect(!server.stop(within: .milliseconds(50)))
        #expect(clock.now - start < .seconds(2))
        gate.update { $0 = true }
        #expect(caller.wait(within: .seconds(10)))
    }

    @Test func `the monitoring server shows metrics and health`() throws {
        let registry = MetricsRegistry()
        _ = ProcessMetrics(registry)
        let health = Health("orchestrator", needs: ["kafka"])
        let server = try HTTPServer.monitoring(port: 0, metrics: registry, health: health)
        defer { server.stop() }
        let get = { (path: String) in
            try client.call(HTTPClient.Request("GET", "http://127.0.0.1:\(server.port)" + path))
        }
        let metrics = try get("/metrics")
        #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(body(metrics).contains("# TYPE process_cpu_seconds_total counter\n"))
        let before = try get("/health")
        #expect(before.status == 503)
        #expect(before.headers["content-type"] == "application/json")
        health.up("kafka")
        for path in ["/health", "/readyz", "/livez"] { #expect(try get(path).status == 200) }
        health.beginStop()
        #expect(try get("/readyz").status == 503)
    }
}
