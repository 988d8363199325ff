import Glibc
import Platform
import Testing

@testable import HTTP

/// Answers that come later, streams of events, and callers that take their time.
@Suite struct HTTPWaitingTests {
    private let client = HTTPClient()

    /// Replies that were asked for and not given yet.
    private final class Waiting: Sendable {
        let replies = Monitor<[PendingReply]>([])

        var route: HTTPServer.Route {
            HTTPServer.Route(
                "GET", "/later", answering: { _ in .later { reply in self.replies.update { $0.append(reply) } } })
        }

        func take(_ count: Int) -> [PendingReply] {
            replies.wait(within: .seconds(10)) { replies in
                guard replies.count >= count else { return nil }
                defer { replies = [] }
                return replies
            } ?? []
        }
    }

    @Test func `a hundred callers wait without a thread each, and each gets its reply`() throws {
        let waiting = Waiting()
        let (server, url) = try Loopback.server([waiting.route])
        defer { server.stop() }
        let good = Counter()
        let callers = (0..<50).map { number in
            NamedThread("caller-\(number)") { [client] in
                let answer = try? client.call(HTTPClient.Request("GET", url + "/later"))
                if answer?.status == 200 { good.add() }
            }
        }
        let replies = waiting.take(50)
        #expect(replies.count == 50)
        for reply in replies {
            reply.send(.text(200, "here"))
            reply.send(.text(500, "a second reply counts nothing"))
        }
        for caller in callers { #expect(caller.wait(within: .seconds(10))) }
        #expect(good.value == 50)
    }

    @Test func `a reply that is dropped answers 500, one that waits at the stop 503`() throws {
        let waiting = Waiting()
        let (server, url) = try Loopback.server([
            waiting.route, HTTPServer.Route("GET", "/dropped", answering: { _ in .later { _ in } }),
        ])
        #expect(try client.call(HTTPClient.Request("GET", url + "/dropped")).status == 500)
        let status = Monitor(0)
        let caller = NamedThread("caller") { [client] in
            let answer = try? client.call(HTTPClient.Request("GET", url + "/later"))
            status.withLock { $0 = answer?.status ?? -1 }
        }
        let replies = waiting.take(1)
        #expect(server.stop(within: .seconds(5)))
        #expect(caller.wait(within: .seconds(5)))
        let seen = status.withLock { $0 }
        #expect(seen == 503 && replies.count == 1)
    }

    @Test func `a caller that goes while it waits takes nothing with it`() throws {
        let waiting = Waiting()
        let (server, url) = try Loopback.server([waiting.route, HTTPServer.Route("GET", "/a") { _ in .text(200, "a") }])
        defer { server.stop() }
        for _ in 0..<20 {
            let socket = BareSocket.connected(to: server.port)
            socket.send("GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
            let replies = waiting.take(1)
            shutdown(socket.descriptor, Int32(SHUT_RDWR))
            for reply in replies { reply.send(.text(200, "too late")) }
        }
        #expect(try client.call(HTTPClient.Request("GET", url + "/a")).status == 200)
    }

    @Test func `events reach their reader as they come, until the feed is closed`() throws {
        let feeds = Monitor<[HTTPEventFeed]>([])
        let closings = Counter()
        let (server, _) = try Loopback.server([
            HTTPServer.Route(
                "GET", "/events",
                answering: { _ in
                    let feed = HTTPEventFeed { closings.add() }
                    feeds.update { $0.append(feed) }
                    return .events(feed)
                })
        ])
        defer { server.stop() }
        let socket = BareSocket.connected(to: server.port)
        socket.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        let found = feeds.wait(within: .seconds(5)) { $0.first }
        let feed = try #require(found)
        #expect(socket.read(until: "\r\n\r\n").contains("text/event-stream"))
        for number in 0..<3 {
            let event = "data: \(number)\n\n"
            let isTaken = feed.offer(Array(event.utf8))
            #expect(isTaken)
            #expect(socket.read(until: event).hasSuffix(event))
        }
        feed.close()
        #expect(socket.readAll().hasSuffix("0\r\n\r\n"))
        let isTakenLater = feed.offer([1])
        #expect(!isTakenLater && closings.value == 1)
    }

    @Test func `a reader that does not read is dropped, and one that goes is noticed`() throws {
        let feeds = Monitor<[HTTPEventFeed]>([])
        let closings = Counter()
        let (server, _) = try Loopback.server([
            HTTPServer.Route(
                "GET", "/events",
                answering: { _ in
                    let feed = HTTPEventFeed(limit: 64 << 10) { closings.add() }
                    feeds.update { $0.append(feed) }
                    return .events(feed)
                })
        ])
        defer { server.stop() }
        let idler = BareSocket.connected(to: server.port)
        idler.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        let first = feeds.wait(within: .seconds(5)) { $0.first }
        let slow = try #require(first)
        var offers = 0
        while offers < 100_000, slow.offer([UInt8](repeating: 120, count: 16 << 10)) { offers += 1 }
        #expect(offers < 100_000 && closings.value == 1)
        let goer = BareSocket.connected(to: server.port)
        goer.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        let second = feeds.wait(within: .seconds(5)) { $0.count > 1 ? $0[1] : nil }
        let gone = try #require(second)
        shutdown(goer.descriptor, Int32(SHUT_RDWR))
        let nobody = Monitor(0)
        for _ in 0..<100 where closings.value < 2 {
            gone.offer(Array("data: ?\n\n".utf8))
            _ = nobody.wait(within: .milliseconds(50)) { _ -> Int? in nil }
        }
        #expect(closings.value == 2)
    }

    @Test func `a body that trickles in ends its connection, and an idle one is not its business`() throws {
        var limits = HTTPServer.Limits()
        limits.receive = .seconds(2)
        let (server, url) = try Loopback.server(Loopback.mirror, limits: limits)
        defer { server.stop() }
        let body = BareSocket.connected(to: server.port)
        body.send("POST /mirror/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        let head = BareSocket.connected(to: server.port)
        head.send("GET /mirror/x HTTP/1.1\r\n")
        let nobody = Monitor(0)
        for _ in 0..<40 {
            body.send("x")
            head.send("X: y\r\n")
            _ = nobody.wait(within: .milliseconds(100)) { _ -> Int? in nil }
        }
        #expect(body.readAll() == "")
        #expect(head.readAll() == "")
        #expect(try client.call(HTTPClient.Request("GET", url + "/mirror/x")).status == 200)
    }

    @Test(arguments: [
        "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: +5", "Content-Length: 5, 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: xchunked", "Content-Length: 0x5", "Content-Length: -5",
        "Content-Length: 99999999999999999999", "Host: y",
    ])
    func `a body whose end could be read in two ways is refused, and nothing behind it is taken`(_ lines: String) throws
    {
        let (server, _) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        let socket = BareSocket.connected(to: server.port)
        socket.send(
            "POST /mirror/x HTTP/1.1\r\nHost: x\r\n\(lines)\r\n\r\n0\r\n\r\nGET /mirror/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        let answer = socket.readAll()
        #expect(!answer.contains("HTTP/1.1 200") && !answer.contains("smuggled"), "\(answer)")
    }

    @Test(arguments: ["POST /mirror/x HTTP/1.0\r\nTransfer-Encoding: chunked", "GET /mirror/x HTTP/1.1"])
    func `chunks in HTTP 1.0, and no host in 1.1, are refused`(_ head: String) throws {
        let (server, _) = try Loopback.server(Loopback.mirror)
        defer { server.stop() }
        let socket = BareSocket.connected(to: server.port)
        socket.send("\(head)\r\nConnection: close\r\n\r\n0\r\n\r\n")
        let answer = socket.readAll()
        #expect(answer.contains(" 400 "), "\(answer)")
    }
}
