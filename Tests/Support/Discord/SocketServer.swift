import Foundation
import Glibc

/// An HTTP/1.1 server over plain sockets, a thread each, that can also do what no proper server does.
package final class SocketServer: @unchecked Sendable {
    package enum Answer: Sendable {
        case response(SocketResponse)
        /// The connection is reset before anything was said.
        case reset
        /// The start of an answer, then a reset.
        case resetAmid(SocketResponse)
        /// Bytes that are no HTTP.
        case garbage
        /// Silence until the client goes away or the server stops.
        case hang
        /// Any of them after a while.
        indirect case after(seconds: Double, Answer)
    }

    package let port: UInt16
    private let answer: @Sendable (SocketRequest) -> Answer
    private let lock = NSLock()
    private var listener: Int32 = -1
    private var open: Set<Int32> = []

    package var url: String { "http://127.0.0.1:\(port)" }

    /// Listens at once on a port of its own.
    package init(_ answer: @escaping @Sendable (SocketRequest) -> Answer) throws {
        port = FreePort.next()
        self.answer = answer
        try start()
    }

    deinit { stop() }

    /// Takes connections, again on the same port after a stop.
    package func start() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(descriptor, 64) == 0 else { throw NotInTime("port \(port) cannot be listened on") }
        lock.withLock { listener = descriptor }
        Thread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                lock.withLock { _ = open.insert(connection) }
                Thread { [weak self] in SocketServer.serve(connection, self) }.start()
            }
        }.start()
    }

    /// Refuses connections from here on and ends those there are.
    package func stop() {
        let (ended, connections) = lock.withLock { () -> (Int32, Set<Int32>) in
            defer { listener = -1 }
            return (listener, open)
        }
        if ended >= 0 {
            shutdown(ended, Int32(SHUT_RDWR))
            close(ended)
        }
        for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    private static func serve(_ connection: Int32, _ server: SocketServer?) {
        var reader = SocketReader(connection)
        while let request = reader.request(), let answer = server?.answer(request) {
            guard perform(answer, connection) else { break }
        }
        server?.lock.withLock { _ = server?.open.remove(connection) }
        close(connection)
    }

    /// False: the connection is over.
    private static func perform(_ answer: Answer, _ connection: Int32) -> Bool {
        switch answer {
        case .response(let response): return send(response.bytes, connection)
        case .reset:
            linger(connection)
            return false
        case .resetAmid(let response):
            _ = send(Array(response.bytes.prefix(response.bytes.count / 2)), connection)
            linger(connection)
            return false
        case .garbage:
            _ = send(Array("\u{1}\u{2}no HTTP at all\r\n\r\n".utf8), connection)
            return false
        case .hang:
            var byte: UInt8 = 0
            _ = recv(connection, &byte, 1, 0)
            return false
        case .after(let seconds, let answer):
            Thread.sleep(forTimeInterval: seconds)
            return perform(answer, connection)
        }
    }

    /// Closing then resets.
    private static func linger(_ connection: Int32) {
        var none = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    private static func send(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

/// Reads requests one after the other from a connection.
private struct SocketReader {
    private let connection: Int32
    private var buffer: [UInt8] = []

    init(_ connection: Int32) { self.connection = connection }

    mutating func request() -> SocketRequest? {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let place = buffer[searched...].firstRange(of: end) {
                let head = String(decoding: buffer[..<place.lowerBound], as: UTF8.self)
                buffer.removeFirst(place.upperBound)
                guard var request = SocketRequest(head: head) else { return nil }
                let length = request.headers["content-length"].flatMap { Int($0) } ?? 0
                while buffer.count < length { guard more() else { return nil } }
                request.body = Array(buffer[..<length])
                buffer.removeFirst(length)
                return request
            }
            searched = max(0, buffer.count - 3)
            guard more() else { return nil }
        }
    }

    private mutating func more() -> Bool {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(connection, &part, part.count, 0)
        guard count > 0 else { return false }
        buffer += part[..<count]
        return true
    }
}
