import Glibc
import Platform

@testable import HTTP

/// A server on loopback with the routes of one test.
enum Loopback {
    static func server(
        _ routes: [HTTPServer.Route], limits: HTTPServer.Limits = HTTPServer.Limits()
    ) throws -> (server: HTTPServer, url: String) {
        let server = try HTTPServer(host: "127.0.0.1", port: 0, limits: limits, routes: routes)
        return (server, "http://127.0.0.1:\(server.port)")
    }

    /// Answers with what it was asked: method, path, parameters, headers, body.
    static let mirror: [HTTPServer.Route] = ["GET", "POST", "PUT", "DELETE", "PATCH"].map { method in
        HTTPServer.Route(method, "/mirror/{name}") { request in
            var response = HTTPServer.Response(200, body: request.body)
            response.headers.add("X-Method", request.method)
            response.headers.add("X-Name", request.pathValues["name"] ?? "")
            for parameter in request.parameters {
                response.headers.add("X-Parameter", "\(parameter.name)=\(parameter.value)")
            }
            for line in request.headers.lines { response.headers.add("X-Got-\(line.name)", line.value) }
            return response
        }
    }
}

/// A bare socket, for what no well-behaved client or server does.
final class BareSocket {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Listens on loopback and never says a word.
    static func silentListener() -> (socket: BareSocket, port: UInt16) {
        let socket = BareSocket(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket.descriptor, pointer, length)
                listen(socket.descriptor, 16)
                getsockname(socket.descriptor, pointer, &length)
            }
        }
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    static func connected(to port: UInt16) -> BareSocket {
        let socket = BareSocket(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = loopback(port)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = connect(socket.descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return socket
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Everything until the other side closes, or ten seconds of silence.
    func readAll() -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        return address
    }
}

extension BareSocket {
    /// What comes until `end` has come, or ten seconds of silence.
    func read(until end: String) -> String {
        var all: [UInt8] = []
        var byte: UInt8 = 0
        while !all.suffix(end.utf8.count).elementsEqual(end.utf8), recv(descriptor, &byte, 1, 0) == 1 {
            all.append(byte)
        }
        return String(decoding: all, as: UTF8.self)
    }
}
